//! Recorders elsewhere: their names, addresses and tokens.
//!
//! Belongs here: what an entry may be, and the file. Not here: asking a person ([`crate::dialogs`])
//! and speaking to a recorder: its window does that.
//! Invariant: a token is in memory and in a file that its owner alone can read; it is never printed.

use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use tauri::Url;

use crate::memory;

const LONGEST_NAME: usize = 60;
const LONGEST_TOKEN: usize = 512;

/// Without `Debug`, so that no message can hold its token.
#[derive(Serialize, Deserialize, Clone)]
pub struct Entry {
    pub name: String,
    pub address: Url,
    pub token: String,
}

#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unfit {
    #[error("Give the recorder a name of 1 to {LONGEST_NAME} characters.")]
    Name,
    #[error("“{0}” is in the address book already. Choose another name.")]
    Known(String),
    #[error(
        "“{0}” is not a recorder’s address. Write http://host:port, or https://host where it has a \
         certificate."
    )]
    Address(String),
    #[error(
        "That is not a token. The recorder’s recorder.json has it, and “afterimage serve” prints a \
         link with it."
    )]
    Token,
}

impl Entry {
    /// What a person wrote, if a recorder can be found and opened by it.
    pub fn new(name: &str, address: &str, token: &str) -> Result<Self, Unfit> {
        let (name, token) = (name.trim(), token.trim());
        if name.is_empty()
            || name.chars().count() > LONGEST_NAME
            || name.chars().any(char::is_control)
        {
            return Err(Unfit::Name);
        }
        let address =
            parsed(address.trim()).ok_or_else(|| Unfit::Address(address.trim().into()))?;
        let is_token = (1..=LONGEST_TOKEN).contains(&token.len())
            && token.bytes().all(|byte| byte.is_ascii_graphic());
        if !is_token {
            return Err(Unfit::Token);
        }
        Ok(Self { name: name.into(), address, token: token.into() })
    }

    /// As the page takes it: without a slash at its end.
    pub fn origin(&self) -> String {
        self.address.origin().ascii_serialization()
    }
}

/// An address is a scheme, a host and a port, and nothing that could carry more.
fn parsed(text: &str) -> Option<Url> {
    let text = if text.contains("://") { text.to_owned() } else { format!("http://{text}") };
    let url = Url::parse(&text).ok()?;
    let is_plain = matches!(url.scheme(), "http" | "https")
        && url.has_host()
        && url.username().is_empty()
        && url.password().is_none()
        && url.path() == "/"
        && url.query().is_none()
        && url.fragment().is_none();
    is_plain.then_some(url)
}

pub struct AddressBook {
    path: PathBuf,
    entries: Vec<Entry>,
}

impl AddressBook {
    pub fn load(path: &Path) -> Self {
        let written: Vec<Entry> = memory::load(path).unwrap_or_default();
        let mut book = Self { path: path.to_owned(), entries: Vec::new() };
        // Edited by hand, it may say anything.
        for entry in written {
            if let Ok(entry) = Entry::new(&entry.name, entry.address.as_str(), &entry.token)
                && book.entry(&entry.name).is_none()
            {
                book.entries.push(entry);
            }
        }
        book
    }

    /// In the order of their names.
    pub fn names(&self) -> Vec<String> {
        self.entries.iter().map(|entry| entry.name.clone()).collect()
    }

    pub fn entry(&self, name: &str) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.name == name)
    }

    pub fn add(&mut self, entry: Entry) -> Result<(), AddFailed> {
        if self.entry(&entry.name).is_some() {
            return Err(Unfit::Known(entry.name).into());
        }
        self.entries.push(entry);
        self.entries.sort_by_key(|entry| entry.name.to_lowercase());
        Ok(memory::save(&self.path, &self.entries)?)
    }

    pub fn remove(&mut self, name: &str) -> io::Result<()> {
        self.entries.retain(|entry| entry.name != name);
        memory::save(&self.path, &self.entries)
    }
}

#[derive(Debug, thiserror::Error)]
pub enum AddFailed {
    #[error(transparent)]
    Unfit(#[from] Unfit),
    #[error("The address book can’t be written: {0}. The recorder is known until you quit.")]
    File(#[from] io::Error),
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn an_entry_is_a_name_an_address_and_a_token() {
        for (written, origin) in [
            ("nvr.example:8750", "http://nvr.example:8750"),
            (" https://nvr.example/ ", "https://nvr.example"),
            ("http://[fd00::1]:8750", "http://[fd00::1]:8750"),
        ] {
            let Ok(entry) = Entry::new(" Barn ", written, "token") else {
                panic!("{written} is an address");
            };
            assert_eq!(entry.origin(), origin, "{written} is how people write it");
            assert_eq!(entry.name, "Barn", "blanks around a name are none of it");
        }
        for wrong in [
            "",
            "ftp://a",
            "http://",
            "http://u:p@a",
            "http://a/b",
            "http://a?b",
            "a b",
            "file:///a",
        ] {
            let refused = Entry::new("Barn", wrong, "token").err();
            assert!(matches!(refused, Some(Unfit::Address(_))), "{wrong:?} is no address");
        }
        assert_eq!(Entry::new(" ", "a", "t").err(), Some(Unfit::Name), "a menu needs a name");
        assert_eq!(Entry::new("a\nb", "a", "t").err(), Some(Unfit::Name), "one line of it");
        assert_eq!(Entry::new("a", "a", "t\r\nx: y").err(), Some(Unfit::Token), "no header hides");
        assert_eq!(Entry::new("a", "a", "").err(), Some(Unfit::Token), "no door opens to nothing");
    }

    #[test]
    fn the_book_is_kept_for_its_owner_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("recorders.json");
        let mut book = AddressBook::load(&path);
        for name in ["Yard", "Barn"] {
            book.add(Entry::new(name, "http://10.0.0.9:8750", "secret").ok().unwrap()).unwrap();
        }
        let again = book.add(Entry::new("Barn", "http://10.0.0.8:8750", "t").ok().unwrap());
        assert!(
            matches!(again, Err(AddFailed::Unfit(Unfit::Known(_)))),
            "two of a name can't be told apart"
        );
        assert_eq!(
            fs::metadata(&path).unwrap().permissions().mode() & 0o777,
            0o600,
            "it has tokens"
        );

        let mut read = AddressBook::load(&path);
        assert_eq!(read.names(), ["Barn", "Yard"], "they are still there, by name");
        assert_eq!(read.entry("Barn").unwrap().token, "secret", "and open what they opened");
        read.remove("Barn").unwrap();
        assert_eq!(AddressBook::load(&path).names(), ["Yard"], "removed is removed");
        fs::write(&path, r#"[{"name":"x","address":"file:///etc","token":"t"}]"#).unwrap();
        assert!(AddressBook::load(&path).names().is_empty(), "a file leads to recorders only");
    }
}
