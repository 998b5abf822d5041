//! What the benchmarks share: a sandbox on a thread of its own, clients for it, and the plain HTTP
//! loop that listings are compared with.

#![forbid(unsafe_code)]

pub mod clients;
pub mod minimal;
pub mod pages;
pub mod plain;
pub mod process;
pub mod shops;

use std::error::Error;

use sandbox::Sandbox;
use tokio::runtime::{Builder, Runtime};

/// Whatever went wrong: a benchmark has nothing to do about it but to say so.
pub type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// A sandbox on a thread of its own, so that making answers does not stop whoever reads them.
#[derive(Debug)]
pub struct Platforms {
    // Dropped first: the sandbox stops on the runtime that still runs.
    sandbox: Sandbox,
    _runtime: Runtime,
}

impl Platforms {
    /// Starts a sandbox with so many cases per platform and no quotas.
    ///
    /// # Errors
    /// When the thread or the port is not to be had.
    pub fn start(cases: u64) -> Result<Self> {
        let runtime = Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()?;
        let sandbox = runtime.block_on(Sandbox::builder().records(cases).start())?;
        Ok(Self {
            sandbox,
            _runtime: runtime,
        })
    }

    /// The sandbox.
    pub fn sandbox(&self) -> &Sandbox {
        &self.sandbox
    }
}

/// A runtime for the reader, on the thread that calls it.
///
/// # Errors
/// When the system refuses one.
pub fn reader() -> Result<Runtime> {
    Ok(Builder::new_current_thread().enable_all().build()?)
}

/// The most memory that the process ever held, as Linux tells it.
///
/// # Errors
/// When there is no Linux to tell it.
pub fn peak() -> Result<String> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find(|line| line.starts_with("VmHWM"));
    Ok(line.unwrap_or("VmHWM: unknown").to_owned())
}
