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
