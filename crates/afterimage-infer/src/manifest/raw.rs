//! The manifest's text: TOML, unknown keys refused, all problems told together.

use super::{
    Colour, Fit, InputSpec, MAX_GRID_SIDE, MAX_INPUT_SIDE, MAX_LABELS, MAX_OUTPUT_VALUES, Manifest,
    OutputKind, OutputSpec, WeightsSpec, is_file_name, is_model_name,
};
use crate::InferError;
use crate::output::yolox::anchors;
use serde::Deserialize;
use std::collections::BTreeSet;
use std::time::Duration;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawManifest {
    name: String,
    version: String,
    title: String,
    licence: String,
    every: String,
    weights: RawWeights,
    input: RawInput,
    output: RawOutput,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawWeights {
    file: String,
    sha256: String,
    url: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawInput {
    current: String,
    previous: Option<String>,
    size: [u32; 2],
    /// There is one layout so far; naming it keeps manifests readable when there are two.
    #[serde(rename = "layout")]
    _layout: RawLayout,
    colour: RawColour,
    range: [f32; 2],
    fit: RawFit,
    padding: Option<u8>,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum RawLayout {
    Nchw,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum RawColour {
    Rgb,
    Bgr,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
enum RawFit {
    Stretch,
    LetterboxTopLeft,
}

#[derive(Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase", deny_unknown_fields)]
enum RawOutput {
    Grid {
        name: String,
        score_threshold: f32,
        size: [u32; 2],
        label: String,
    },
    Yolox {
        name: String,
        score_threshold: f32,
        strides: Vec<u32>,
        labels: Option<Vec<String>>,
        labels_file: Option<String>,
        nms_threshold: f32,
    },
}

type LabelsFile<'a> = &'a dyn Fn(&str) -> Result<String, String>;

/// Collects what is wrong, so that one reading tells everything.
#[derive(Default)]
struct Problems(Vec<String>);

impl Problems {
    fn unless(&mut self, good: bool, sentence: impl FnOnce() -> String) {
        if !good {
            self.0.push(sentence());
        }
    }
}

pub(super) fn parse(
    name: &str,
    text: &str,
    labels_file: LabelsFile<'_>,
) -> Result<Manifest, InferError> {
    let invalid = |problems| InferError::Manifest { model: name.to_owned(), problems };
    let raw: RawManifest = toml::from_str(text).map_err(|error| {
        let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
        let line = before.matches('\n').count() + 1;
        invalid(format!("line {line}: {}", error.message()))
    })?;
    let mut problems = Problems::default();
    let manifest = Manifest {
        every: every(&raw.every, &mut problems),
        weights: weights(raw.weights, &mut problems),
        output: output(raw.output, &raw.input, labels_file, &mut problems),
        input: input(raw.input, &mut problems),
        name: raw.name,
        version: raw.version,
        title: raw.title,
        licence: raw.licence,
    };
    problems.unless(is_model_name(&manifest.name), || {
        "`name` must be 1 to 64 of a-z 0-9 . _ - and begin with a letter or digit".to_owned()
    });
    for (key, value) in
        [("version", &manifest.version), ("title", &manifest.title), ("licence", &manifest.licence)]
    {
        problems.unless((1..=200).contains(&value.len()), || {
            format!("`{key}` must have 1 to 200 bytes")
        });
    }
    problems.unless(manifest.name == name, || format!("`name` must be `{name}`, as its file is"));
    if problems.0.is_empty() { Ok(manifest) } else { Err(invalid(problems.0.join("; "))) }
}

fn every(text: &str, problems: &mut Problems) -> Duration {
    let duration = afterimage_base::parse_duration(text).unwrap_or_default();
    problems
        .unless(!duration.is_zero(), || "`every` must be a duration like 1s or 500ms".to_owned());
    duration
}

fn weights(raw: RawWeights, problems: &mut Problems) -> WeightsSpec {
    problems.unless(is_file_name(&raw.file) && raw.file.ends_with(".onnx"), || {
        "`weights.file` must be a plain file name that ends in .onnx".to_owned()
    });
    let is_digit = |c: char| matches!(c, '0'..='9' | 'a'..='f');
    problems.unless(raw.sha256.len() == 64 && raw.sha256.chars().all(is_digit), || {
        "`weights.sha256` must be 64 lower-case hexadecimal digits".to_owned()
    });
    problems.unless(raw.url.as_ref().is_none_or(|url| url.starts_with("https://")), || {
        "`weights.url` must begin with https://".to_owned()
    });
    WeightsSpec { file: raw.file, sha256: raw.sha256, url: raw.url }
}

fn input(raw: RawInput, problems: &mut Problems) -> InputSpec {
    let [width, height] = raw.size;
    let sides = 1..=MAX_INPUT_SIDE;
    problems.unless(sides.contains(&width) && sides.contains(&height), || {
        format!("`input.size` must be 1 to {MAX_INPUT_SIDE} each way")
    });
    let previous_is_another = raw.previous.as_ref() != Some(&raw.current);
    problems.unless(previous_is_another, || {
        "`input.previous` and `input.current` must be two tensors".to_owned()
    });
    let [low, high] = raw.range;
    problems.unless(low.is_finite() && high.is_finite() && low != high, || {
        "`input.range` must be two different finite numbers".to_owned()
    });
    let fit = match (raw.fit, raw.padding) {
        (RawFit::LetterboxTopLeft, Some(padding)) => Fit::LetterboxTopLeft { padding },
        (RawFit::Stretch, None) => Fit::Stretch,
        (RawFit::LetterboxTopLeft, None) => {
            problems.0.push("`input.fit` letterbox-top-left needs `padding`, 0 to 255".to_owned());
            Fit::Stretch
        }
        (RawFit::Stretch, Some(_)) => {
            problems.0.push("`input.fit` stretch leaves nothing for `padding`".to_owned());
            Fit::Stretch
        }
    };
    InputSpec {
        current: raw.current,
        previous: raw.previous,
        width,
        height,
        colour: match raw.colour {
            RawColour::Rgb => Colour::Rgb,
            RawColour::Bgr => Colour::Bgr,
        },
        range: raw.range,
        fit,
    }
}

fn output(
    raw: RawOutput,
    input: &RawInput,
    labels_file: LabelsFile<'_>,
    problems: &mut Problems,
) -> OutputSpec {
    let (name, score_threshold, kind) = match raw {
        RawOutput::Grid { name, score_threshold, size: [columns, rows], label } => {
            let sides = 1..=MAX_GRID_SIDE;
            problems.unless(sides.contains(&columns) && sides.contains(&rows), || {
                format!("`output.size` must be 1 to {MAX_GRID_SIDE} each way")
            });
            check_labels(std::slice::from_ref(&label), problems);
            (name, score_threshold, OutputKind::Grid { columns, rows, label })
        }
        RawOutput::Yolox {
            name,
            score_threshold,
            strides,
            labels,
            labels_file: file,
            nms_threshold,
        } => {
            let fits = |stride: &u32| {
                *stride > 0 && input.size.iter().all(|side| side.is_multiple_of(*stride))
            };
            let strides_fit = (1..=8).contains(&strides.len()) && strides.iter().all(fits);
            problems.unless(strides_fit, || {
                "`output.strides` must be 1 to 8 numbers that divide both sides of `input.size`"
                    .to_owned()
            });
            check_share("output.nms_threshold", nms_threshold, problems);
            let labels = labels_of(labels, file, labels_file).unwrap_or_else(|problem| {
                problems.0.push(problem);
                Vec::new()
            });
            if strides_fit {
                let [width, height] = input.size;
                let values = anchors(width, height, &strides).saturating_mul(5 + labels.len());
                problems.unless(values <= MAX_OUTPUT_VALUES, || {
                    format!("its output would have {values} values, more than {MAX_OUTPUT_VALUES}")
                });
            }
            check_labels(&labels, problems);
            (name, score_threshold, OutputKind::Yolox { strides, labels, nms_threshold })
        }
    };
    check_share("output.score_threshold", score_threshold, problems);
    OutputSpec { name, score_threshold, kind }
}

fn labels_of(
    inline: Option<Vec<String>>,
    file: Option<String>,
    labels_file: LabelsFile<'_>,
) -> Result<Vec<String>, String> {
    match (inline, file) {
        (Some(labels), None) => Ok(labels),
        (None, Some(file)) if is_file_name(&file) => {
            Ok(labels_file(&file)?.lines().map(|line| line.trim().to_owned()).collect())
        }
        (None, Some(_)) => Err("`output.labels_file` must be a plain file name".to_owned()),
        _ => Err("`output` needs one of `labels` and `labels_file`".to_owned()),
    }
}

fn check_labels(labels: &[String], problems: &mut Problems) {
    problems.unless((1..=MAX_LABELS).contains(&labels.len()), || {
        format!("there must be 1 to {MAX_LABELS} labels")
    });
    let good =
        |label: &String| (1..=100).contains(&label.len()) && !label.chars().any(char::is_control);
    problems.unless(labels.iter().all(good), || {
        "a label has 1 to 100 bytes and no control characters".to_owned()
    });
    let distinct: BTreeSet<&String> = labels.iter().collect();
    problems.unless(distinct.len() == labels.len(), || "a label is there twice".to_owned());
}

fn check_share(key: &str, value: f32, problems: &mut Problems) {
    problems
        .unless(value > 0.0 && value <= 1.0, || format!("`{key}` must be above 0 and at most 1"));
}

#[cfg(test)]
mod tests {
    use super::*;

    const YOLOX: &str = include_str!("../../../../models/yolox-nano.toml");

    fn read(text: &str) -> Result<Manifest, InferError> {
        parse("yolox-nano", text, &|_| Ok("person\nbicycle\n".to_owned()))
    }

    #[test]
    fn a_manifest_says_what_goes_in_and_comes_out() {
        let manifest = read(YOLOX).expect("the built-in manifest is valid");
        assert_eq!(manifest.labels(), ["person", "bicycle"], "one label a line of the file");
        assert_eq!(manifest.every, Duration::from_secs(1));
        assert_eq!(manifest.input.fit, Fit::LetterboxTopLeft { padding: 114 });
        assert!(!manifest.needs_previous(), "it looks at single frames");
    }

    #[test]
    fn all_problems_are_told_at_once() {
        let text = YOLOX
            .replace("yolox_nano.onnx\"\n", "../../etc/passwd\"\n")
            .replace("padding = 114\n", "")
            .replace("[8, 16, 32]", "[7]")
            .replace("score_threshold = 0.3", "score_threshold = nan");
        let error = read(&text).expect_err("four mistakes").to_string();
        for part in ["weights.file", "needs `padding`", "output.strides", "output.score_threshold"]
        {
            assert!(error.contains(part), "{part} must be told too: {error}");
        }
    }

    #[test]
    fn unknown_keys_and_wrong_words_are_refused() {
        for (from, to) in [
            ("version =", "versoin ="),
            ("nms_threshold =", "mns_threshold ="),
            ("padding =", "extra = 1\npadding ="),
            ("\"nchw\"", "\"nhwc\""),
            ("kind = \"yolox\"", "kind = \"ssd\""),
            ("name = \"yolox-nano\"", "name = \"../x\""),
            ("labels_file = \"coco-80.txt\"", "labels_file = \"../coco-80.txt\""),
            ("https://raw", "file://raw"),
        ] {
            assert!(YOLOX.contains(from), "the case must change something: {from}");
            assert!(read(&YOLOX.replacen(from, to, 1)).is_err(), "{to} must not pass");
        }
    }
}
