//! Schedules as people write them: `mon-fri 08:00-18:00 Europe/Berlin`.
//!
//! Belongs here: the words into the API's schedule and back. Not here: whether days, times and the
//! zone exist; the recorder says that.

use afterimage_api::dto::{Schedule, SchedulePeriod};

const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

/// `always`, or periods separated by `;`, with the time zone at the end of the last one.
pub fn schedule(text: &str) -> Result<Schedule, String> {
    if text.trim() == "always" {
        return Ok(Schedule::default());
    }
    let mut schedule = Schedule::default();
    for part in text.split(';') {
        let mut days = Vec::new();
        let mut times = None;
        for word in part.split_whitespace() {
            match (named_days(word), span(word)) {
                (Some(named), _) if times.is_none() => days.extend(named),
                (_, Some(found)) if times.is_none() => times = Some(found),
                _ if times.is_some() && schedule.zone.is_none() => {
                    schedule.zone = Some(word.into());
                }
                _ => return Err(wrong(text, word)),
            }
        }
        let (from, to) = times.ok_or_else(|| wrong(text, part.trim()))?;
        if days.is_empty() {
            days = DAYS.map(str::to_owned).to_vec();
        }
        schedule.periods.push(SchedulePeriod { days, from, to });
    }
    Ok(schedule)
}

/// The same words back.
pub fn shown(schedule: &Schedule) -> String {
    let periods: Vec<String> = schedule
        .periods
        .iter()
        .map(|period| format!("{} {}-{}", shown_days(&period.days), period.from, period.to))
        .collect();
    let zone = schedule.zone.as_deref().unwrap_or("UTC");
    format!("{} {zone}", periods.join("; "))
}

/// `mon-fri`, `mon,wed,sat-sun`, `daily`
fn named_days(word: &str) -> Option<Vec<String>> {
    if word == "daily" {
        return Some(DAYS.map(str::to_owned).to_vec());
    }
    let position = |name: &str| DAYS.iter().position(|day| *day == name);
    let mut days = Vec::new();
    for part in word.to_ascii_lowercase().split(',') {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        let (first, last) = (position(first)?, position(last)?);
        // Over the weekend: fri-mon.
        let count = (last + DAYS.len() - first) % DAYS.len();
        days.extend((0..=count).map(|step| DAYS[(first + step) % DAYS.len()].to_owned()));
    }
    Some(days)
}

fn span(word: &str) -> Option<(String, String)> {
    let (from, to) = word.split_once('-')?;
    let is_time = |text: &str| {
        text.split_once(':').is_some_and(|(hour, minute)| {
            [hour, minute].iter().all(|part| part.parse::<u8>().is_ok())
        })
    };
    (is_time(from) && is_time(to)).then(|| (from.to_owned(), to.to_owned()))
}

fn shown_days(days: &[String]) -> String {
    let positions: Vec<usize> =
        days.iter().filter_map(|day| DAYS.iter().position(|known| known == day)).collect();
    let is_run = positions.windows(2).all(|pair| pair[0] + 1 == pair[1]);
    match (positions.as_slice(), is_run) {
        ([0, .., 6], true) => "daily".to_owned(),
        ([first, _, .., last], true) => format!("{}-{}", DAYS[*first], DAYS[*last]),
        _ => days.join(","),
    }
}

fn wrong(text: &str, word: &str) -> String {
    format!(
        "`{}` is no schedule (at `{}`); write \"mon-fri 08:00-18:00 Europe/Berlin\", several periods with `;` between them, or `always`",
        text.escape_debug(),
        word.escape_debug()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_and_shows_the_same_words() {
        for text in [
            "mon-fri 08:00-18:00 Europe/Berlin",
            "mon-fri 08:00-18:00; sat 10:00-12:00 UTC",
            "daily 22:00-06:00 UTC",
            "mon,wed 00:00-24:00 UTC",
        ] {
            let read = schedule(text).expect(text);
            assert_eq!(shown(&read), text, "what was written comes back");
        }
    }

    #[test]
    fn days_default_to_all_and_wrap_around_the_week() {
        assert_eq!(schedule("08:00-18:00").expect("daily").periods[0].days, DAYS, "no day is each");
        let days = schedule("fri-mon 08:00-18:00").expect("a long weekend").periods[0].days.clone();
        assert_eq!(days, ["fri", "sat", "sun", "mon"]);
    }

    #[test]
    fn always_is_a_schedule_without_periods() {
        assert_eq!(schedule("always"), Ok(Schedule::default()), "which the API reads as always");
    }

    #[test]
    fn what_is_no_schedule_is_told() {
        for text in ["", "mon-fri", "mon-frid 08:00-18:00", "8-18", "mon 08:00-18:00 UTC again"] {
            let error = schedule(text).expect_err("no schedule");
            assert!(error.contains("mon-fri 08:00"), "it says how to write one: {error}");
        }
    }
}
