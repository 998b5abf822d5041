//! What another process takes, as Linux tells it.

use std::fs;
use std::process::{Child, Command};
use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::Result;

/// How often a process is asked how much memory it has held.
const LOOK: Duration = Duration::from_millis(10);

/// The kernel counts in these.
const TICK: Duration = Duration::from_millis(10);

/// What a process took from its start to its end.
#[derive(Debug, Clone, Copy, Default)]
pub struct Taken {
    /// Time on the clock.
    pub wall: Duration,
    /// Time of all cores, that of the server that answered it included.
    pub cpu: Duration,
    /// The most memory that it ever held, in KiB.
    pub peak: u64,
}

/// Runs a command to its end while a server answers it.
///
/// # Errors
/// When it cannot be started, or fails.
pub fn run(mut command: Command, server: Option<u32>) -> Result<Taken> {
    let cpu = || -> Result<Duration> {
        let served = server.map(|server| ticks(&server.to_string()));
        let [served, _] = served.transpose()?.unwrap_or_default();
        let [_, done] = ticks("self")?;
        Ok(TICK * (served + done))
    };
    let (started, before) = (Instant::now(), cpu()?);
    let mut child = command.spawn()?;
    let peak = peak_until_it_ends(&mut child)?;
    let wall = started.elapsed();
    let status = child.wait()?;
    if !status.success() {
        return Err(format!("{command:?}: {status}").into());
    }
    Ok(Taken {
        wall,
        cpu: cpu()?.saturating_sub(before),
        peak,
    })
}

fn peak_until_it_ends(child: &mut Child) -> Result<u64> {
    let mut highest = 0;
    // One that has ended shows no memory.
    while child.try_wait()?.is_none() {
        highest = peak(child.id()).unwrap_or(0).max(highest);
        sleep(LOOK);
    }
    Ok(highest)
}

/// The most memory that a process has held so far, in KiB.
fn peak(process: u32) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().strip_suffix(" kB")?.parse().ok()
}

/// How long a process has computed, and how long those have that it started and that have ended.
fn ticks(process: &str) -> Result<[u32; 2]> {
    let stat = fs::read_to_string(format!("/proc/{process}/stat"))?;
    // The name of the program stands in brackets, and may hold anything.
    let (_, fields) = stat.rsplit_once(')').ok_or("no such statistics")?;
    let mut ticks = fields.split_whitespace().skip(11).map(str::parse::<u32>);
    let mut next = || ticks.next().ok_or("no such statistics");
    let [user, system, users, systems] = [next()??, next()??, next()??, next()??];
    Ok([user + system, users + systems])
}
