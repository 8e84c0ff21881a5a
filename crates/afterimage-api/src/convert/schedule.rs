//! Schedules, as they travel and as the archive keeps them.

use crate::ApiError;
use crate::dto::{Schedule, SchedulePeriod};
use afterimage_store::{Period, Schedule as Weekly, Weekday};

impl Schedule {
    /// `None` for one without periods: it records always.
    pub fn parse(self) -> Result<Option<Weekly>, ApiError> {
        if self.periods.is_empty() {
            return Ok(None);
        }
        let schedule = Weekly {
            zone: self.zone.unwrap_or_else(|| "UTC".to_owned()),
            periods: self.periods.iter().map(period).collect::<Result<_, _>>()?,
        };
        schedule.validate()?;
        Ok(Some(schedule))
    }
}

fn period(given: &SchedulePeriod) -> Result<Period, ApiError> {
    let mut days = Vec::with_capacity(Weekday::ALL.len());
    for day in &given.days {
        let day: Weekday = day.parse()?;
        if !days.contains(&day) {
            days.push(day);
        }
    }
    Ok(Period { days, from: given.from.parse()?, to: given.to.parse()? })
}

impl From<Weekly> for Schedule {
    fn from(schedule: Weekly) -> Self {
        let period = |period: Period| SchedulePeriod {
            days: period.days.into_iter().map(|day| day.code().to_owned()).collect(),
            from: period.from.to_string(),
            to: period.to.to_string(),
        };
        Self {
            zone: Some(schedule.zone),
            periods: schedule.periods.into_iter().map(period).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use afterimage_base::ErrorKind;

    fn weekly(zone: &str, days: &[&str], from: &str, to: &str) -> Schedule {
        let days = days.iter().map(ToString::to_string).collect();
        let period = SchedulePeriod { days, from: from.to_owned(), to: to.to_owned() };
        Schedule { zone: Some(zone.to_owned()), periods: vec![period] }
    }

    #[test]
    fn a_schedule_comes_back_as_it_was_given() {
        let given = weekly("Europe/Berlin", &["mon", "fri"], "08:00", "24:00");
        let kept = given.clone().parse().expect("valid").expect("it has a period");
        assert_eq!(Schedule::from(kept), given, "nothing is lost on the way");
    }

    #[test]
    fn one_without_periods_is_always() {
        assert_eq!(
            Schedule::default().parse().expect("valid"),
            None,
            "there is nothing to wait for"
        );
    }

    #[test]
    fn what_is_no_schedule_is_refused_in_words() {
        for (zone, days, from, to) in [
            ("Mars/Olympus", ["mon"], "08:00", "18:00"),
            ("UTC", ["monday"], "08:00", "18:00"),
            ("UTC", ["mon"], "8", "18:00"),
            ("UTC", ["mon"], "08:00", "25:00"),
            ("UTC", ["mon"], "08:00", "08:00"),
        ] {
            let error = weekly(zone, &days, from, to).parse().expect_err("no schedule");
            assert_eq!(error.kind, ErrorKind::InvalidInput, "{zone} {days:?} {from} {to}: {error}");
        }
    }
}
