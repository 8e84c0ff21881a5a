//! A wall clock that nobody can explain.

use crate::rig::{Rig, Visit, seconds};

const YEAR: f64 = 365.0 * 86_400.0;

#[tokio::test(start_paused = true)]
async fn a_clock_that_lost_the_time_is_told_until_the_operator_vouches_for_it() {
    let rig = Rig::new([Visit::new().streams_on()]).await;
    rig.advance(60.5).await;
    let about_the_clock = || {
        let notices = rig.recorder.notices().all();
        notices.into_iter().find(|notice| notice.contains("confirm-clock"))
    };
    assert_eq!(about_the_clock(), None, "nothing is wrong with it yet");

    rig.clock.set_back(seconds(20.0 * YEAR));
    rig.advance(60.0).await;
    let notice = about_the_clock().expect("deletion by age waits, and that is said");
    assert!(notice.contains("is kept until the clock is set"), "and what follows: {notice}");

    rig.store().confirm_clock().unwrap();
    rig.advance(60.0).await;
    assert_eq!(about_the_clock(), None, "the operator has the last word");
}
