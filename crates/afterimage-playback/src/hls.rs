//! An HLS media playlist of fragments (RFC 8216).
//!
//! Belongs here: tags and their order. Not here: which fragments, and their addresses.

use afterimage_base::WallTime;
use std::fmt::Write;
use std::time::Duration;

/// One fragment of a playlist.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlaylistFragment {
    pub number: u64,
    pub start: WallTime,
    pub duration: Duration,
    pub is_independent: bool,
    /// Its tracks are not those of the fragment before: decoders begin anew.
    pub is_new_format: bool,
    /// Its address, relative to the playlist's.
    pub uri: String,
    /// The address of its init section.
    pub init_uri: String,
}

/// Whether more will follow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PlaylistKind {
    /// The range is over: nothing will be added.
    Complete,
    /// The range is still being recorded: players come back for what was appended.
    Growing,
}

/// Fragments that begin this much after the last one's end follow a hole.
const LARGEST_SEAM: Duration = Duration::from_millis(1);

/// The playlist of `fragments`, which are in order of time.
///
/// A hole in the recording and another format are discontinuities. Each fragment tells its time of
/// day: a fragment is up to 5 ms longer or shorter on the timeline than its media, and over a day
/// that adds up.
#[must_use]
pub fn media_playlist(fragments: &[PlaylistFragment], kind: PlaylistKind) -> String {
    let longest = fragments.iter().map(|fragment| fragment.duration).max().unwrap_or_default();
    let target = longest.as_millis().div_ceil(1000).max(1);
    let kind_name = match kind {
        PlaylistKind::Complete => "VOD",
        PlaylistKind::Growing => "EVENT",
    };
    let mut text = format!(
        "#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-TARGETDURATION:{target}\n\
         #EXT-X-MEDIA-SEQUENCE:{}\n#EXT-X-PLAYLIST-TYPE:{kind_name}\n",
        fragments.first().map_or(0, |first| first.number),
    );
    if fragments.iter().all(|fragment| fragment.is_independent) {
        text.push_str("#EXT-X-INDEPENDENT-SEGMENTS\n");
    }
    let mut previous: Option<&PlaylistFragment> = None;
    for fragment in fragments {
        let is_broken = previous.is_some_and(|previous| {
            let end = previous.start.plus(previous.duration);
            let is_after_hole = fragment.start.since(end) > LARGEST_SEAM;
            is_after_hole || fragment.is_new_format || fragment.start < previous.start
        });
        if is_broken {
            text.push_str("#EXT-X-DISCONTINUITY\n");
        }
        if previous.is_none_or(|previous| previous.init_uri != fragment.init_uri) {
            line(&mut text, format_args!("#EXT-X-MAP:URI=\"{}\"", fragment.init_uri));
        }
        line(&mut text, format_args!("#EXT-X-PROGRAM-DATE-TIME:{}", fragment.start));
        line(&mut text, format_args!("#EXTINF:{:.6},", fragment.duration.as_secs_f64()));
        line(&mut text, format_args!("{}", fragment.uri));
        previous = Some(fragment);
    }
    if kind == PlaylistKind::Complete {
        text.push_str("#EXT-X-ENDLIST\n");
    }
    text
}

/// A media playlist, as the one that wraps it describes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Variant {
    pub bits_per_second: u64,
    pub codecs: String,
    /// Width and height in pixels.
    pub size: Option<(u32, u32)>,
    pub uri: String,
}

/// A multivariant playlist of one variant.
#[must_use]
pub fn multivariant_playlist(variant: &Variant) -> String {
    let mut text = "#EXTM3U\n#EXT-X-VERSION:7\n".to_owned();
    let Variant { bits_per_second, codecs, size, uri } = variant;
    let bandwidth = (*bits_per_second).max(1);
    let size =
        size.map_or(String::new(), |(width, height)| format!(",RESOLUTION={width}x{height}"));
    line(
        &mut text,
        format_args!("#EXT-X-STREAM-INF:BANDWIDTH={bandwidth},CODECS=\"{codecs}\"{size}"),
    );
    line(&mut text, format_args!("{uri}"));
    text
}

fn line(text: &mut String, what: std::fmt::Arguments<'_>) {
    writeln!(text, "{what}").expect("writing to a string does not fail");
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fragment(number: u64, start_ms: i64, init: &str) -> PlaylistFragment {
        PlaylistFragment {
            number,
            start: WallTime::from_millis(start_ms),
            duration: Duration::from_millis(1500),
            is_independent: true,
            is_new_format: false,
            uri: format!("fragment/{number}.m4s"),
            init_uri: format!("init/{init}.mp4"),
        }
    }

    #[test]
    fn a_hole_is_a_discontinuity_and_a_new_segment_is_not() {
        let fragments = [fragment(7, 0, "1"), fragment(8, 1500, "2"), fragment(9, 60_000, "2")];
        let expected = "#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-TARGETDURATION:2\n\
            #EXT-X-MEDIA-SEQUENCE:7\n#EXT-X-PLAYLIST-TYPE:VOD\n#EXT-X-INDEPENDENT-SEGMENTS\n\
            #EXT-X-MAP:URI=\"init/1.mp4\"\n#EXT-X-PROGRAM-DATE-TIME:1970-01-01T00:00:00.000Z\n\
            #EXTINF:1.500000,\nfragment/7.m4s\n\
            #EXT-X-MAP:URI=\"init/2.mp4\"\n#EXT-X-PROGRAM-DATE-TIME:1970-01-01T00:00:01.500Z\n\
            #EXTINF:1.500000,\nfragment/8.m4s\n\
            #EXT-X-DISCONTINUITY\n#EXT-X-PROGRAM-DATE-TIME:1970-01-01T00:01:00.000Z\n\
            #EXTINF:1.500000,\nfragment/9.m4s\n#EXT-X-ENDLIST\n";
        assert_eq!(media_playlist(&fragments, PlaylistKind::Complete), expected);
    }

    #[test]
    fn another_format_is_a_discontinuity_without_a_hole() {
        let changed = PlaylistFragment { is_new_format: true, ..fragment(8, 1500, "2") };
        let text = media_playlist(&[fragment(7, 0, "1"), changed], PlaylistKind::Complete);
        let expected = "fragment/7.m4s\n#EXT-X-DISCONTINUITY\n#EXT-X-MAP:URI=\"init/2.mp4\"\n";
        assert!(text.contains(expected), "decoders begin anew: {text}");
    }

    #[test]
    fn what_is_still_recorded_has_no_end() {
        let text = media_playlist(&[fragment(1, 0, "1")], PlaylistKind::Growing);
        assert!(text.contains("PLAYLIST-TYPE:EVENT") && !text.contains("ENDLIST"), "{text}");
        let part = PlaylistFragment { is_independent: false, ..fragment(2, 1500, "1") };
        let text = media_playlist(&[fragment(1, 0, "1"), part], PlaylistKind::Growing);
        assert!(!text.contains("INDEPENDENT-SEGMENTS"), "a part of a long GOP needs its start");
    }
}
