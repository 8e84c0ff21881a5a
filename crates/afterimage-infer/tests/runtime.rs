//! Loading ONNX Runtime: a process has one, so this is a program of its own.

use afterimage_base::ErrorKind;
use afterimage_infer::Runtime;

#[test]
fn a_missing_or_wrong_library_is_told_with_what_to_do_and_is_not_for_ever() {
    let folder = tempfile::tempdir().expect("a folder");
    let absent = folder.path().join("libonnxruntime.so");
    let error = Runtime::load(Some(&absent)).expect_err("there is none");
    assert_eq!(error.kind(), ErrorKind::Unavailable, "{error}");
    for part in ["make setup", "ORT_DYLIB_PATH", &absent.display().to_string()] {
        assert!(error.to_string().contains(part), "what to do, and where we looked: {error}");
    }

    std::fs::write(&absent, b"no library at all").expect("written");
    let error = Runtime::load(Some(&absent)).expect_err("it is no library");
    assert_eq!(error.kind(), ErrorKind::Unavailable, "{error}");
    assert!(error.to_string().contains("can't be used"), "it is there, and wrong: {error}");

    let runtime = Runtime::load(None).expect("ONNX Runtime is set up by `make setup`");
    let again = Runtime::load(Some(&absent)).expect("the loaded one stays");
    assert_eq!(runtime.path(), again.path(), "one runtime a process");
}
