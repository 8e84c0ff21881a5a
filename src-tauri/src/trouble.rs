//! Why there is no recorder to show: what was wrong, with what, and what to do; as a page.
//!
//! Not here: the page's looks, in `no-console/page.css`.

use std::fmt::Write as _;
use std::io;
use std::path::PathBuf;
use std::process::ExitStatus;

#[derive(Debug, thiserror::Error)]
pub enum Trouble {
    #[error(
        "The recorder's program is missing: {}.\nIt belongs beside this one: install Afterimage \
         again, or name the program in the environment variable AFTERIMAGE_BIN.",
        program.display()
    )]
    NoProgram { program: PathBuf },

    #[error(
        "The place of this program can't be found: {source}.\nName the recorder's program in the environment variable AFTERIMAGE_BIN."
    )]
    OwnPlace { source: io::Error },

    #[error("The recorder could not be started: {}: {source}.", program.display())]
    CouldNotStart { program: PathBuf, source: io::Error },

    #[error("The recorder's log {} can't be written: {source}.\nMake its directory writable for you.", log.display())]
    Log { log: PathBuf, source: io::Error },

    #[error(
        "A recorder of another account owns this data directory: {}: {source}.\nAsk its owner, or \
         open another: afterimage-desktop --data DIR",
        path.display()
    )]
    SomebodyElses { path: PathBuf, source: io::Error },

    #[error("The recorder ended as soon as it was started ({status}). All it said is in {}.", log.display())]
    Ended { status: ExitStatus, last_words: String, log: PathBuf },

    #[error(
        "No recorder of the name “{name}” is in the address book.\nOpen this computer’s, and add it in \
         the menu “Recorders”."
    )]
    Unknown { name: String },

    #[error(
        "The recorder was started but has not answered for {seconds} seconds. It may still come: \
         try again. What it says is in {}.",
        log.display()
    )]
    Silent { seconds: u64, last_words: String, log: PathBuf },
}

impl Trouble {
    /// The page that the window shows instead of the console. It has no scripts.
    pub fn page(&self) -> String {
        let mut body =
            format!("<h1>There is no recorder to show</h1><p>{}</p>", escaped(&self.to_string()));
        if let Self::Ended { last_words, .. } | Self::Silent { last_words, .. } = self
            && !last_words.is_empty()
        {
            write!(body, "<pre>{}</pre>", escaped(last_words)).expect("a string takes all text");
        }
        format!(
            "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Afterimage</title>\
             <style>{}</style><body><main>{body}<a href=\"{AGAIN}\">Try again</a></main></body></html>",
            include_str!("../no-console/page.css"),
        )
    }
}

/// Where the page's button leads.
pub const AGAIN: &str = "/again";

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_says_it_and_runs_nothing() {
        let trouble = Trouble::Silent {
            seconds: 20,
            last_words: "<script>alert(1)</script> & more".into(),
            log: "/data/recorder.log".into(),
        };
        let page = trouble.page();
        assert!(page.contains("has not answered for 20 seconds"), "it says what is wrong");
        assert!(page.contains("/data/recorder.log"), "it says where to read on");
        assert!(!page.contains("<script"), "a log's text stays text");
        assert!(page.contains("&lt;script&gt;alert(1)&lt;/script&gt; &amp; more"), "all of it");
    }
}
