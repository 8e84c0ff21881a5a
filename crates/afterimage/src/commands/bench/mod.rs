//! `afterimage bench`: the published numbers, each beside its rival, from one run.

mod archive;
mod playback;
mod process;
mod recording;

use crate::cli::Bench;
use crate::failure::Failure;
use crate::output;
use serde::Serialize;

/// One line of the table. `beside` names the rival or the floor and its figure.
#[derive(Debug, Serialize)]
pub struct Figure {
    pub id: &'static str,
    pub value: f64,
    pub unit: &'static str,
    /// Empty for figures that only inform.
    pub goal: String,
    pub beside: String,
    pub ok: bool,
}

pub async fn run(json: bool, command: Bench) -> Result<(), Failure> {
    let figures = match command {
        Bench::Recording(options) => recording::run(&options).await?,
        Bench::Playback(options) => playback::run(&options).await?,
        Bench::Archive(options) => archive::run(&options).await?,
    };
    if json {
        output::json(&serde_json::json!({ "results": figures }));
    } else {
        let rows: Vec<Vec<String>> = figures
            .iter()
            .map(|figure| {
                let verdict = if figure.goal.is_empty() {
                    ""
                } else if figure.ok {
                    "yes"
                } else {
                    "NO"
                };
                vec![
                    figure.id.to_owned(),
                    format!("{:.3}", figure.value),
                    figure.unit.to_owned(),
                    figure.goal.clone(),
                    verdict.to_owned(),
                    figure.beside.clone(),
                ]
            })
            .collect();
        output::table(&["FIGURE", "VALUE", "UNIT", "GOAL", "REACHED", "BESIDE"], &rows);
    }
    match figures.iter().find(|figure| !figure.ok) {
        Some(missed) => {
            Err(Failure::No(format!("{} missed its goal of {}", missed.id, missed.goal)))
        }
        None => Ok(()),
    }
}

/// Median, least and greatest.
pub fn spread(mut values: Vec<f64>) -> (f64, f64, f64) {
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    let median = if values.len() % 2 == 1 {
        values[middle]
    } else {
        f64::midpoint(values[middle - 1], values[middle])
    };
    (median, values[0], values[values.len() - 1])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_of_an_even_count_lies_between_the_middle_two() {
        assert_eq!(spread(vec![4.0, 1.0, 3.0, 2.0]), (2.5, 1.0, 4.0));
        assert_eq!(spread(vec![9.0, 1.0, 5.0]), (5.0, 1.0, 9.0));
    }
}
