//! Weekly schedules: when a stream records, and that nothing is missing while it rests.

mod rig;

use afterimage_base::WallTime;
use afterimage_store::{GapReason, Period, Schedule, Store, StreamSettings, TimeOfDay, Weekday};
use rig::{clock, gaps, open, options, record, settings, timeline};
use std::time::Duration;
use tempfile::tempdir;

fn time(text: &str) -> WallTime {
    text.parse().expect("RFC 3339")
}

fn period(days: &[Weekday], from: &str, to: &str) -> Period {
    let part = |text: &str| text.parse::<TimeOfDay>().expect("a time of day");
    Period { days: days.to_vec(), from: part(from), to: part(to) }
}

fn schedule(zone: &str, periods: Vec<Period>) -> Schedule {
    let schedule = Schedule { zone: zone.to_owned(), periods };
    schedule.validate().expect("it is a schedule");
    schedule
}

fn daily(zone: &str, from: &str, to: &str) -> Schedule {
    schedule(zone, vec![period(&Weekday::ALL, from, to)])
}

/// When it goes on and off in `[from, to)`.
fn changes(schedule: &Schedule, from: &str, to: &str) -> Vec<String> {
    let parts = schedule.split(time(from), time(to));
    let on = parts.iter().filter(|(_, _, is_on)| *is_on);
    let short = |at: &WallTime| at.format("%d %H:%M");
    on.map(|(from, to, _)| format!("{}-{}", short(from), short(to))).collect()
}

#[test]
fn an_office_week_is_told_in_the_zone_of_the_office() {
    let days = &Weekday::ALL[..5];
    let office = schedule("Europe/Berlin", vec![period(days, "08:00", "18:00")]);
    // 2026-03-06 is a Friday; Berlin is an hour ahead of UTC.
    assert!(!office.is_on(time("2026-03-06T06:59:59Z")), "a second before eight in Berlin");
    assert!(office.is_on(time("2026-03-06T07:00:00Z")), "eight in Berlin");
    assert!(!office.is_on(time("2026-03-06T17:00:00Z")), "the end does not belong to it");
    assert_eq!(
        office.next_change(time("2026-03-06T17:00:00Z")),
        Some(time("2026-03-09T07:00:00Z")),
        "the weekend lies between"
    );
}

#[test]
fn a_period_over_midnight_belongs_to_the_day_on_which_it_begins() {
    let night = schedule("UTC", vec![period(&[Weekday::Friday], "22:00", "06:00")]);
    assert_eq!(
        changes(&night, "2026-03-02T00:00:00Z", "2026-03-16T00:00:00Z"),
        ["06 22:00-07 06:00", "13 22:00-14 06:00"],
        "Friday's night ends on Saturday, and Saturday has none"
    );
}

#[test]
fn periods_that_touch_are_one_and_a_whole_week_never_changes() {
    let parts = schedule(
        "UTC",
        vec![
            period(&Weekday::ALL, "06:00", "12:00"),
            period(&Weekday::ALL, "12:00", "14:00"),
            period(&Weekday::ALL, "13:00", "24:00"),
        ],
    );
    assert_eq!(
        changes(&parts, "2026-03-02T00:00:00Z", "2026-03-04T00:00:00Z"),
        ["02 06:00-03 00:00", "03 06:00-04 00:00"],
        "nobody wants the camera let go for an instant at noon"
    );
    let always = daily("America/New_York", "00:00", "24:00");
    assert_eq!(always.next_change(time("2026-03-05T10:00:00Z")), None, "also over a DST change");
    assert!(always.is_on(time("2026-03-08T07:00:00Z")), "always is always");
}

#[test]
fn where_clocks_are_set_an_hour_is_neither_lost_nor_taken_twice() {
    // Berlin skips 02:00 to 03:00 on 2026-03-29, and has it twice on 2026-10-25.
    let into = daily("Europe/Berlin", "01:00", "02:30");
    assert_eq!(
        changes(&into, "2026-03-29T00:00:00Z", "2026-03-29T20:00:00Z"),
        ["29 00:00-29 01:00"],
        "02:30 does not exist: it ends when the clocks are set"
    );
    let out = daily("Europe/Berlin", "02:30", "04:00");
    assert_eq!(
        changes(&out, "2026-03-29T00:00:00Z", "2026-03-29T20:00:00Z"),
        ["29 01:00-29 02:00"],
        "and it begins then"
    );
    assert_eq!(
        changes(&into, "2026-10-24T20:00:00Z", "2026-10-25T20:00:00Z"),
        ["24 23:00-25 01:30"],
        "both of the doubled hour's halves until the second 02:30, without a break"
    );
    assert_eq!(
        changes(&out, "2026-10-24T20:00:00Z", "2026-10-25T20:00:00Z"),
        ["25 00:30-25 03:00"],
        "from the first 02:30 on"
    );
    let inside = daily("Europe/Berlin", "02:10", "02:50");
    assert_eq!(
        changes(&inside, "2026-03-29T00:00:00Z", "2026-03-29T20:00:00Z"),
        Vec::<String>::new(),
        "what the clock never shows is no period"
    );
}

#[test]
fn a_schedule_that_says_nothing_is_refused_with_a_sentence() {
    let refusal = |schedule: Schedule| schedule.validate().expect_err("refused").to_string();
    let wrong = |zone: &str, periods| refusal(Schedule { zone: zone.into(), periods });
    let all = &Weekday::ALL;
    assert_eq!(
        wrong("Mars/Olympus", vec![period(all, "08:00", "18:00")]),
        "`Mars/Olympus` is not a time zone; write one as the IANA names it: Europe/Berlin, UTC"
    );
    assert!(wrong("../../etc/passwd", vec![period(all, "08:00", "18:00")]).contains("time zone"));
    assert!(wrong("UTC", vec![]).contains("no period"), "nothing would ever be recorded");
    assert!(wrong("UTC", vec![period(&[], "08:00", "18:00")]).contains("has no days"));
    assert!(
        wrong("UTC", vec![period(all, "08:00", "08:00")]).contains("00:00 to 24:00"),
        "it says how a whole day is written"
    );
    assert!(wrong("UTC", vec![period(all, "24:00", "08:00")]).contains("begin at 24:00"));
    for text in ["24:01", "8:00", "08:60", "0800", "+1:00", "", "aa:bb", "99:99"] {
        let error = text.parse::<TimeOfDay>().expect_err("no time of day").to_string();
        assert!(error.contains("is not a time of day; write 08:00"), "{error}");
    }
    let error = "Monday".parse::<Weekday>().expect_err("one form").to_string();
    assert!(error.contains("write mon, tue"), "{error}");
}

fn scheduled(from: &str, to: &str) -> StreamSettings {
    StreamSettings { schedule: Some(daily("UTC", from, to)), ..settings("door") }
}

#[test]
fn a_stream_keeps_its_schedule_over_a_restart() {
    let (directory, clock) = (tempdir().expect("room"), clock());
    let wanted = scheduled("00:00", "00:30");
    let store = open(directory.path(), &clock);
    store.create_stream(wanted.clone()).expect("new");
    store.close().expect("the index takes it");
    let kept = open(directory.path(), &clock).stream(&wanted.name).expect("kept").settings;
    assert_eq!(kept.schedule, wanted.schedule, "it is in the index");
    let mut bad = wanted;
    bad.name = "yard".parse().expect("a name");
    bad.schedule = Some(Schedule { zone: "UTC".into(), periods: Vec::new() });
    assert!(open_again_refuses(&bad), "and none that can't be kept gets there");
}

fn open_again_refuses(settings: &StreamSettings) -> bool {
    let (directory, clock) = (tempdir().expect("room"), clock());
    open(directory.path(), &clock).create_stream(settings.clone()).is_err()
}

#[test]
fn an_absence_is_missing_only_where_the_schedule_was_on() {
    let (directory, clock) = (tempdir().expect("room"), clock());
    let store = open(directory.path(), &clock);
    store.start_recording().expect("nobody else records");
    // On for the first and the last half hour of the day.
    let settings = StreamSettings {
        schedule: Some(schedule(
            "UTC",
            vec![period(&Weekday::ALL, "00:00", "00:30"), period(&Weekday::ALL, "23:30", "24:00")],
        )),
        ..settings("door")
    };
    let door = store.create_stream(settings).expect("new");
    record(&store, &door, 0, 600);
    clock.advance(Duration::from_secs(600));
    store.flush().expect("the index takes it");
    drop(store);
    clock.advance(Duration::from_secs(86_400 - 600));
    let expected = [
        (600.0, 1_800.0, "recorder_down"),
        (1_800.0, 84_600.0, "not_scheduled"),
        (84_600.0, 86_400.0, "recorder_down"),
    ];
    let reader = Store::open(directory.path(), options(&clock)).expect("it opens");
    assert_eq!(gaps(&timeline(&reader, &door, 86_400.0)), expected, "a reader derives it");
    reader.start_recording().expect("nobody else records");
    assert_eq!(gaps(&timeline(&reader, &door, 86_400.0)), expected, "a recorder writes it");
    reader.close().expect("the index takes it");
}

#[test]
fn rest_and_an_operators_stop_are_not_missing() {
    let not_missing: Vec<GapReason> =
        GapReason::ALL.into_iter().filter(|reason| !reason.is_missing()).collect();
    assert_eq!(
        not_missing,
        [GapReason::StoppedByOperator, GapReason::NotScheduled, GapReason::Expired],
        "somebody wanted it so"
    );
    for reason in GapReason::ALL {
        assert_eq!(GapReason::from_code(reason.code()), Some(reason), "codes are read back");
    }
}
