//! Years of an archive in seconds: streams, limits, holds, faults, absences, a clock that
//! jumps; after each step what was promised must hold.
//!
//! The simulated clock walks through all of them, and retention is enforced all along.
//! Recording is sparse: minutes a day, each fragment a minute long. A failure prints the seed;
//! `AFTERIMAGE_SIM_SEED` repeats it, `AFTERIMAGE_SIM_YEARS` (10) makes it shorter or longer.

#[path = "../rig/mod.rs"]
mod rig;

mod life;
mod promise;
mod random;

use life::Life;

fn number(variable: &str, usual: u64) -> u64 {
    std::env::var(variable).ok().and_then(|text| text.parse().ok()).unwrap_or(usual)
}

/// Says on a panic which life it was.
struct Seed(u64);

impl Drop for Seed {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("replay with AFTERIMAGE_SIM_SEED={}", self.0);
        }
    }
}

#[test]
fn every_year_keeps_every_promise() {
    let years = number("AFTERIMAGE_SIM_YEARS", 10);
    let first = number("AFTERIMAGE_SIM_SEED", 1);
    // Two lives at once, with another seed each.
    let lives = if std::env::var_os("AFTERIMAGE_SIM_SEED").is_some() { 1 } else { 2 };
    std::thread::scope(|scope| {
        for seed in first..first + lives {
            scope.spawn(move || {
                let _seed = Seed(seed);
                let mut life = Life::new(seed);
                while life.elapsed_days() < years * 365 {
                    life.day();
                }
                println!("seed {seed}: {years} years, {}", life.end());
            });
        }
    });
}
