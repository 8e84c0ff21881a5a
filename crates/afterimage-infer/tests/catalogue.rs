//! The catalogue: names, states, and what is refused.

use afterimage_base::ErrorKind;
use afterimage_infer::{Catalogue, Manifest, Model, ModelState, Runtime, Weights};
use std::path::Path;

const MOTION: &str = include_str!("../../../models/motion-grid.toml");
const MOTION_ONNX: &[u8] = include_bytes!("../../../models/motion-grid.onnx");

fn folder_with(files: &[(&str, &[u8])]) -> (tempfile::TempDir, Catalogue) {
    let folder = tempfile::tempdir().expect("a folder");
    for (name, bytes) in files {
        std::fs::write(folder.path().join(name), bytes).expect("written");
    }
    let catalogue = Catalogue::new(folder.path().to_path_buf(), Vec::new());
    (folder, catalogue)
}

fn added(text: &str) -> (tempfile::TempDir, Catalogue) {
    let text = text.replace("motion-grid\"", "mine\"").replace("motion-grid.onnx", "mine.onnx");
    folder_with(&[("mine.toml", text.as_bytes()), ("mine.onnx", MOTION_ONNX)])
}

#[test]
fn built_in_models_are_always_listed_and_say_what_they_lack() {
    let (_folder, catalogue) = folder_with(&[]);
    let models = catalogue.list();
    let names: Vec<&str> = models.iter().map(|model| model.name.as_str()).collect();
    assert_eq!(names, ["motion-grid", "yolox-nano"]);
    assert_eq!(models[0].state, ModelState::Ready, "motion is part of the program");
    let ModelState::MissingWeights { how } = &models[1].state else {
        panic!("an empty folder has no weights: {:?}", models[1].state);
    };
    for part in ["yolox_nano.onnx", "https://", "695e750a"] {
        assert!(how.contains(part), "what to get, from where, how to know it: {how}");
    }
    assert_eq!(models[1].labels.len(), 80, "COCO's classes");
}

#[test]
fn a_model_is_named_and_never_a_path() {
    let (_folder, catalogue) = added(MOTION);
    assert_eq!(catalogue.find("mine").expect("added").state, ModelState::Ready);
    for name in ["", "absent", "../mine", "mine.toml", "/etc/passwd", "mine\0", "Mine"] {
        let error = catalogue.find(name).expect_err("no such model");
        assert_eq!(error.kind(), ErrorKind::NotFound, "{name:?}: {error}");
    }
}

#[test]
fn a_built_in_name_cannot_be_taken() {
    let other = MOTION.replace("Motion by grid cell", "Mine");
    let (_folder, catalogue) = folder_with(&[("motion-grid.toml", other.as_bytes())]);
    assert_eq!(catalogue.list().len(), 2, "the built-in ones, once each");
    let title = catalogue.find("motion-grid").expect("built in").title;
    assert_eq!(title, "Motion by grid cell", "its own manifest counts");
}

#[test]
fn weights_that_differ_by_a_byte_are_refused() {
    let mut bytes = MOTION_ONNX.to_vec();
    bytes[100] ^= 1;
    let text = MOTION.replace("motion-grid\"", "mine\"").replace("motion-grid.onnx", "mine.onnx");
    let (_folder, catalogue) =
        folder_with(&[("mine.toml", text.as_bytes()), ("mine.onnx", &bytes)]);
    let runtime = Runtime::load(None).expect("ONNX Runtime is set up by `make setup`");
    let error = catalogue.open(&runtime, "mine").expect_err("not what the manifest names");
    assert_eq!(error.kind(), ErrorKind::Damaged, "{error}");
    let state = catalogue.find("mine").expect("listed").state;
    assert!(matches!(state, ModelState::Invalid { .. }), "the list says so too: {state:?}");
}

#[test]
fn a_manifest_that_does_not_fit_its_model_is_told_apart() {
    let runtime = Runtime::load(None).expect("ONNX Runtime is set up by `make setup`");
    for (from, to, part) in [
        ("size = [160, 90]", "size = [160, 91]", "[1, 3, 91, 160]"),
        ("size = [16, 9]", "size = [9, 16]", "[1, 16, 9]"),
        ("name = \"energy\"", "name = \"heat\"", "energy"),
        ("current = \"current\"", "current = \"now\"", "an input `current`"),
        ("previous = \"previous\"\n", "", "an input `previous`"),
    ] {
        let (_folder, catalogue) = added(&MOTION.replace(from, to));
        let error = catalogue.open(&runtime, "mine").expect_err("it does not fit");
        assert_eq!(error.kind(), ErrorKind::InvalidInput, "{error}");
        assert!(error.to_string().contains(part), "the sentence names {part}: {error}");
    }
}

fn sha256_of(manifest: &str) -> &str {
    let (_, rest) = manifest.split_once("sha256 = \"").expect("a checksum");
    &rest[..64]
}

#[test]
fn a_file_that_is_no_model_is_an_error_and_no_crash() {
    let runtime = Runtime::load(None).expect("ONNX Runtime is set up by `make setup`");
    let manifest = |digest: &str| {
        let own = sha256_of(MOTION);
        Manifest::parse("motion-grid", &MOTION.replace(own, digest), |_| Err(String::new()))
            .expect("valid")
    };
    // SHA-256 of nothing, and of four bytes.
    for (bytes, digest) in [
        (&b""[..], "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        (&b"junk"[..], "ef875a1705a5fdac206be996f4dc1f726ea6b68861eb741c37def7277f179e37"),
    ] {
        let manifest = manifest(digest);
        let weights = match Weights::verified(bytes, &manifest, Path::new("x")) {
            Ok(weights) => weights,
            Err(error) => panic!("the digest of the case is wrong: {error}"),
        };
        let error = Model::open(&runtime, &manifest, &weights).expect_err("no model");
        assert_eq!(error.kind(), ErrorKind::InvalidInput, "{error}");
    }
}

#[test]
fn a_broken_manifest_is_listed_with_its_reason() {
    let (_folder, catalogue) = folder_with(&[("mine.toml", b"name = 3"), ("x y.toml", b"")]);
    let models = catalogue.list();
    assert_eq!(models.len(), 3, "a file with a space can't name a model");
    let ModelState::Invalid { reason } = &models[2].state else { panic!("it is no manifest") };
    assert!(reason.contains("mine"), "which file it is: {reason}");
}
