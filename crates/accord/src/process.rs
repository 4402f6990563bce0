//! What a node gets from this process: the clock, randomness, a runtime, and the end by a signal.

use std::time::{SystemTime, UNIX_EPOCH};

use accord_service::Ports;

use crate::commands::CommandError;

/// How many arenas the system's allocator has for all threads, by the variable that it reads when a program begins. By
/// itself it has eight for each processor, and each keeps what was freed in it (`docs/adr/0036`).
#[cfg(all(target_os = "linux", target_env = "gnu"))]
const ARENAS: (&str, &str) = ("MALLOC_ARENA_MAX", "2");

/// Begins this program anew, in the same process, with few arenas of memory; not where the variable is set, to whatever.
/// Where that cannot be done all goes on as it is.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
pub fn begin_with_few_arenas() {
    use std::os::unix::process::CommandExt;

    let (variable, few) = ARENAS;
    if std::env::var_os(variable).is_some() {
        return;
    }
    let Ok(program) = std::env::current_exe() else {
        return;
    };
    let mut again = std::process::Command::new(program);
    let mut arguments = std::env::args_os();
    if let Some(name) = arguments.next() {
        again.arg0(name);
    }
    // It comes back only where the system refuses.
    let _refused = again.args(arguments).env(variable, few).exec();
}

/// Other allocators have no such variable.
#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
pub const fn begin_with_few_arenas() {}

/// The system's clock and randomness.
pub fn ports() -> Ports {
    Ports::new(now_ms, fill_random)
}

/// Milliseconds since the Unix epoch, UTC.
pub fn now_ms() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

fn fill_random(bytes: &mut [u8]) {
    if let Err(error) = getrandom::fill(bytes) {
        // Keys and nonces from anything else would be worse than no node.
        tracing::error!(%error, "the system has no randomness");
        std::process::abort();
    }
}

/// A password for a first sign-in: 80 random bits, in groups that can be read out.
pub fn one_time_password(ports: &Ports) -> String {
    let digits = hex::encode(ports.random::<10>());
    let groups: Vec<String> = digits
        .as_bytes()
        .chunks(4)
        .map(|group| String::from_utf8_lossy(group).into_owned())
        .collect();
    groups.join("-")
}

/// The runtime that nodes run on, with the cryptography of HTTPS ready.
pub fn runtime() -> Result<tokio::runtime::Runtime, CommandError> {
    // A second call in the same process finds it installed, which is as good.
    let _ = rustls::crypto::ring::default_provider().install_default();
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(CommandError::failed)
}

/// Waits for the process to be asked to end: Ctrl-C, or the service manager's SIGTERM. Both are caught from now on, so
/// that whoever is told that a node runs can also end it in good order.
pub fn asked_to_end() -> Result<impl Future<Output = ()> + Send + 'static, CommandError> {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let mut interrupt = signal(SignalKind::interrupt()).map_err(CommandError::failed)?;
        let mut terminate = signal(SignalKind::terminate()).map_err(CommandError::failed)?;
        Ok(async move {
            tokio::select! {
                _ = interrupt.recv() => {}
                _ = terminate.recv() => {}
            }
        })
    }
    #[cfg(not(unix))]
    {
        Ok(async {
            let _ = tokio::signal::ctrl_c().await;
        })
    }
}

/// Diagnostics to standard error, as the filter says.
pub fn trace(filter: &str) {
    let filter = filter
        .parse()
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("info"));
    // Tests run several commands in one process; the first subscriber stays.
    let _ = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .try_init();
}
