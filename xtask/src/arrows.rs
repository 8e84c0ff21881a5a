//! The arrows: which member may use which, and who owns what is heavy.
//!
//! Belongs here: the table, which mirrors docs/ARCHITECTURE.md, and the comparison with what cargo
//! says. Dependencies for tests and builds count too.
//! Invariant: a row uses only rows above it, so the arrows have no circle.

use anyhow::Result;
use cargo_metadata::{DependencyKind, MetadataCommand};

use crate::{verdict, workspace};

struct Member {
    name: &'static str,
    may_use: &'static [&'static str],
    /// Besides, in its tests.
    tests_may_use: &'static [&'static str],
}

const fn member(name: &'static str, may_use: &'static [&'static str]) -> Member {
    Member { name, may_use, tests_may_use: &[] }
}

impl Member {
    fn may_use(&self, other: &str, in_tests: bool) -> bool {
        self.may_use.contains(&other) || in_tests && self.tests_may_use.contains(&other)
    }
}

const MEMBERS: &[Member] = &[
    member("afterimage-base", &[]),
    member("afterimage-media", &["afterimage-base"]),
    member("afterimage-store", &["afterimage-base", "afterimage-media"]),
    member("afterimage-rtsp", &["afterimage-base", "afterimage-media"]),
    member("afterimage-pipeline", &["afterimage-base", "afterimage-media"]),
    member("afterimage-discovery", &["afterimage-base"]),
    member("afterimage-infer", &["afterimage-base"]),
    member(
        "afterimage-recorder",
        &[
            "afterimage-base",
            "afterimage-media",
            "afterimage-store",
            "afterimage-rtsp",
            "afterimage-pipeline",
        ],
    ),
    member("afterimage-playback", &["afterimage-base", "afterimage-media"]),
    member("afterimage-dataset", &["afterimage-base", "afterimage-media"]),
    member(
        "afterimage-api",
        &[
            "afterimage-base",
            "afterimage-media",
            "afterimage-store",
            "afterimage-discovery",
            "afterimage-recorder",
            "afterimage-playback",
        ],
    ),
    Member {
        // Its tests ask a real recorder.
        tests_may_use: &["afterimage-media", "afterimage-store", "afterimage-recorder"],
        ..member("afterimage-http", &["afterimage-base", "afterimage-api"])
    },
    member("afterimage-client", &["afterimage-base", "afterimage-api"]),
    member(
        "afterimage-worker",
        &[
            "afterimage-base",
            "afterimage-media",
            "afterimage-pipeline",
            "afterimage-infer",
            "afterimage-api",
            "afterimage-client",
        ],
    ),
    member(
        "afterimage",
        &[
            "afterimage-base",
            "afterimage-media",
            "afterimage-store",
            "afterimage-rtsp",
            "afterimage-pipeline",
            "afterimage-infer",
            "afterimage-recorder",
            "afterimage-playback",
            "afterimage-dataset",
            "afterimage-api",
            "afterimage-http",
            "afterimage-client",
            "afterimage-worker",
        ],
    ),
    member("afterimage-desktop", &[]),
    member(
        END_TO_END,
        &[
            "afterimage-base",
            "afterimage-media",
            "afterimage-store",
            "afterimage-rtsp",
            "afterimage-pipeline",
            "afterimage-infer",
            "afterimage-recorder",
            "afterimage-playback",
            "afterimage-dataset",
            "afterimage-api",
            "afterimage-http",
            "afterimage-client",
            "afterimage-worker",
        ],
    ),
    member("xtask", &[]),
];

/// What is heavy, by the beginning of its name, and its one owner. Beside it only two may use HTTP
/// by themselves: the end-to-end tests, because they ask as a stranger would, and discovery, because
/// it asks cameras and not a recorder.
const OWNERS: &[(&str, &str)] = &[
    ("axum", "afterimage-http"),
    ("gstreamer", "afterimage-pipeline"),
    ("gtk", "afterimage-desktop"),
    ("libsqlite3-sys", "afterimage-store"),
    ("ort", "afterimage-infer"),
    ("reqwest", "afterimage-client"),
    ("retina", "afterimage-rtsp"),
    ("rusqlite", "afterimage-store"),
    ("tauri", "afterimage-desktop"),
    ("webkit2gtk", "afterimage-desktop"),
];

const END_TO_END: &str = "afterimage-tests";

/// One dependency that some manifest names.
struct Arrow {
    from: String,
    to: String,
    in_tests: bool,
}

pub fn check() -> Result<()> {
    let metadata = MetadataCommand::new()
        .current_dir(workspace::root())
        .no_deps()
        .other_options(vec!["--offline".into()])
        .exec()?;
    let names: Vec<String> =
        metadata.packages.iter().map(|package| package.name.to_string()).collect();
    let arrows: Vec<Arrow> = metadata
        .packages
        .iter()
        .flat_map(|package| {
            package.dependencies.iter().map(|dependency| Arrow {
                from: package.name.to_string(),
                to: dependency.name.clone(),
                in_tests: dependency.kind == DependencyKind::Development,
            })
        })
        .collect();
    let mut findings = faults_of_table();
    findings.extend(strangers(&names));
    findings.extend(forbidden(&arrows));
    verdict(
        &findings,
        "The arrows are in docs/ARCHITECTURE.md and xtask/src/arrows.rs. Put the code where it may \
         have what it needs, or change both and say why.",
    )
}

fn row(name: &str) -> Option<&'static Member> {
    MEMBERS.iter().find(|member| member.name == name)
}

fn faults_of_table() -> Vec<String> {
    let mut faults = Vec::new();
    for (index, member) in MEMBERS.iter().enumerate() {
        for used in member.may_use.iter().chain(member.tests_may_use) {
            if !MEMBERS[..index].iter().any(|above| above.name == *used) {
                faults.push(format!(
                    "the table lets {} use {used}, which is not above it",
                    member.name
                ));
            }
        }
    }
    faults
}

/// Members without a row, and rows without a member.
fn strangers(names: &[String]) -> Vec<String> {
    let unlisted = names
        .iter()
        .filter(|name| row(name).is_none())
        .map(|name| format!("{name} is a member of the workspace without a row in the table"));
    let gone = MEMBERS
        .iter()
        .filter(|member| !names.iter().any(|name| name == member.name))
        .map(|member| format!("{} has a row in the table but is no member", member.name));
    unlisted.chain(gone).collect()
}

fn forbidden(arrows: &[Arrow]) -> Vec<String> {
    arrows
        .iter()
        .filter_map(|Arrow { from, to, in_tests }| {
            let owner = OWNERS.iter().find(|(prefix, _)| is_of_family(to, prefix));
            match (row(to), owner) {
                (Some(_), _) => (!row(from).is_some_and(|row| row.may_use(to, *in_tests)))
                    .then(|| format!("{from} uses {to}, against the arrows")),
                (None, Some((_, owner))) => {
                    let asks_strangers =
                        [END_TO_END, "afterimage-discovery"].contains(&&**from) && to == "reqwest";
                    (owner != from && !asks_strangers)
                        .then(|| format!("{from} uses {to}, which {owner} owns"))
                }
                (None, None) => None,
            }
        })
        .collect()
}

/// `gstreamer-app` is of the family `gstreamer`; `orthogonal` is not of the family `ort`.
fn is_of_family(name: &str, family: &str) -> bool {
    name.strip_prefix(family).is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arrow(from: &str, to: &str) -> Vec<String> {
        forbidden(&[Arrow { from: from.into(), to: to.into(), in_tests: false }])
    }

    #[test]
    fn the_table_has_no_circle() {
        assert_eq!(faults_of_table(), Vec::<String>::new(), "each row uses rows above it");
    }

    #[test]
    fn an_arrow_that_points_down_is_found() {
        assert_eq!(
            arrow("afterimage-store", "afterimage-recorder"),
            ["afterimage-store uses afterimage-recorder, against the arrows"],
            "the store knows nothing of the recorder"
        );
        assert!(arrow("afterimage-recorder", "afterimage-store").is_empty(), "this one points up");
    }

    #[test]
    fn tests_may_use_more_than_what_they_test() {
        let (from, to) = ("afterimage-http", "afterimage-store");
        assert_eq!(arrow(from, to).len(), 1, "the doors know nothing of the archive");
        let tests = Arrow { from: from.into(), to: to.into(), in_tests: true };
        assert!(forbidden(&[tests]).is_empty(), "their tests make one");
    }

    #[test]
    fn what_is_heavy_has_one_owner() {
        for (from, to) in [
            ("afterimage-recorder", "rusqlite"),
            ("afterimage-worker", "gstreamer-app"),
            ("afterimage", "ort"),
            ("afterimage-desktop", "reqwest"),
        ] {
            assert_eq!(arrow(from, to).len(), 1, "{from} must ask the owner of {to}");
        }
        assert!(arrow("afterimage-desktop", "tauri-build").is_empty(), "the window owns Tauri");
        assert!(arrow("afterimage-api", "orthogonal").is_empty(), "a name that only begins alike");
    }

    #[test]
    fn a_new_member_needs_a_row() {
        let names: Vec<String> =
            MEMBERS.iter().map(|member| member.name.to_owned()).chain(["new".to_owned()]).collect();
        assert_eq!(strangers(&names).len(), 1, "the new one");
        assert_eq!(strangers(&names[1..]).len(), 2, "the new one, and the one that is gone");
    }
}
