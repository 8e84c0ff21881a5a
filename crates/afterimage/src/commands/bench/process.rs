//! What a running process has cost so far, from `/proc`.

use crate::failure::Failure;
use afterimage_base::ErrorKind;

/// Seconds of processor time, user and system, since the process began.
pub fn cpu_seconds(pid: u32) -> Result<f64, Failure> {
    let stat = read(pid, "stat")?;
    // The second field is the program's name in brackets and may hold spaces.
    let fields: Vec<&str> =
        stat.rsplit_once(')').map_or("", |(_, rest)| rest).split_whitespace().collect();
    let ticks = |index: usize| fields.get(index).and_then(|field| field.parse::<u64>().ok());
    match (ticks(11), ticks(12)) {
        (Some(user), Some(system)) => Ok((user + system) as f64 / TICKS_A_SECOND),
        _ => Err(Failure::new(ErrorKind::Internal, format!("/proc/{pid}/stat has another form"))),
    }
}

/// Proportional resident memory in megabytes.
pub fn memory_megabytes(pid: u32) -> Result<f64, Failure> {
    let rollup = read(pid, "smaps_rollup")?;
    let kilobytes = rollup
        .lines()
        .find_map(|line| line.strip_prefix("Pss:"))
        .and_then(|rest| rest.split_whitespace().next()?.parse::<f64>().ok())
        .ok_or_else(|| {
            Failure::new(ErrorKind::Internal, format!("/proc/{pid}/smaps_rollup has another form"))
        })?;
    Ok(kilobytes / 1_000.0)
}

/// Bytes that the process has given to the file system to be stored, since it began.
pub fn written_bytes(pid: u32) -> Result<u64, Failure> {
    let io = read(pid, "io")?;
    let written = io.lines().find_map(|line| line.strip_prefix("write_bytes: ")?.parse().ok());
    written.ok_or_else(|| {
        Failure::new(ErrorKind::Internal, format!("/proc/{pid}/io has another form"))
    })
}

/// How many system calls strace counted, from its summary (`strace -c`).
pub fn counted_calls(summary: &str) -> Option<u64> {
    let total = summary.lines().rfind(|line| line.trim_end().ends_with(" total"))?;
    // % time, seconds, usecs/call, calls; errors where there were any.
    total.split_whitespace().nth(3)?.parse().ok()
}

/// `USER_HZ`, which Linux has fixed at 100 for `/proc` on all platforms that we run on.
const TICKS_A_SECOND: f64 = 100.0;

fn read(pid: u32, file: &str) -> Result<String, Failure> {
    std::fs::read_to_string(format!("/proc/{pid}/{file}")).map_err(|error| {
        Failure::new(
            ErrorKind::Internal,
            format!("process {pid} ended during the measurement: {error}"),
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_calls_of_a_summary_are_read_with_and_without_errors() {
        let head = "% time     seconds  usecs/call     calls    errors syscall\n";
        let with = format!("{head}100.00    1.730065         355      4862       934 total\n");
        assert_eq!(counted_calls(&with), Some(4862));
        let without = format!("{head}100.00    0.000012           1        12           total\n");
        assert_eq!(counted_calls(&without), Some(12));
        assert_eq!(counted_calls("strace: attach: no such process"), None, "it counted nothing");
    }

    #[test]
    fn a_process_has_figures_of_its_own() {
        let pid = std::process::id();
        assert!(cpu_seconds(pid).is_ok() && memory_megabytes(pid).is_ok(), "this one runs");
        assert!(written_bytes(pid).is_ok(), "its own may always be read");
    }
}
