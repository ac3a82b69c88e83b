//! The signals that ask a process to end.

use std::{
    future::poll_fn,
    task::{Context, Poll},
};

/// Says whether one kind of signal has come, and wakes the task once it does.
type Listener = Box<dyn FnMut(&mut Context<'_>) -> Poll<Option<()>> + Send>;

/// The signals that end a process unless it listens: Ctrl-C, SIGTERM, SIGHUP and SIGQUIT; on Windows, Ctrl-C,
/// Ctrl-Break, and the end of the console, of the session and of the system.
///
/// SIGQUIT is among them although its default effect is a core dump: that of an agent would hold its tokens.
pub(super) struct Signals {
    listeners: Vec<Listener>,
}

impl Signals {
    /// From here on no signal is missed. Where the process cannot listen, none arrives.
    #[cfg(unix)]
    pub(super) fn listen() -> Self {
        use tokio::signal::unix::{SignalKind, signal};
        let kinds = [SignalKind::interrupt(), SignalKind::terminate(), SignalKind::quit(), SignalKind::hangup()];
        let ignored = ignored_signals();
        let is_heard = |kind: &SignalKind| *kind != SignalKind::hangup() || ignored & 1 == 0;
        let signals = kinds.into_iter().filter(is_heard).filter_map(|kind| signal(kind).ok());
        let listeners = signals.map(|mut signal| -> Listener { Box::new(move |cx| signal.poll_recv(cx)) }).collect();
        Self { listeners }
    }

    /// From here on no signal is missed. Where the process cannot listen, none arrives.
    #[cfg(windows)]
    pub(super) fn listen() -> Self {
        use tokio::signal::windows::{ctrl_break, ctrl_c, ctrl_close, ctrl_logoff, ctrl_shutdown};
        let mut listeners: Vec<Listener> = Vec::new();
        if let Ok(mut signal) = ctrl_c() {
            listeners.push(Box::new(move |cx| signal.poll_recv(cx)));
        }
        if let Ok(mut signal) = ctrl_break() {
            listeners.push(Box::new(move |cx| signal.poll_recv(cx)));
        }
        if let Ok(mut signal) = ctrl_close() {
            listeners.push(Box::new(move |cx| signal.poll_recv(cx)));
        }
        if let Ok(mut signal) = ctrl_logoff() {
            listeners.push(Box::new(move |cx| signal.poll_recv(cx)));
        }
        if let Ok(mut signal) = ctrl_shutdown() {
            listeners.push(Box::new(move |cx| signal.poll_recv(cx)));
        }
        Self { listeners }
    }

    /// There are none that could be heard.
    #[cfg(not(any(unix, windows)))]
    pub(super) fn listen() -> Self {
        Self { listeners: Vec::new() }
    }

    /// Returns once one of them has come.
    pub(super) async fn next(&mut self) {
        poll_fn(|cx| {
            let has_come = |listener: &mut Listener| matches!(listener(cx), Poll::Ready(Some(())));
            if self.listeners.iter_mut().any(has_come) { Poll::Ready(()) } else { Poll::Pending }
        })
        .await;
    }
}

/// The signals that this process was started to ignore, as `nohup` has it ignore SIGHUP; bit 0 is signal 1, SIGHUP. To
/// listen would end that. Only Linux tells without unsafe code; elsewhere none is taken to be ignored.
#[cfg(unix)]
fn ignored_signals() -> u64 {
    // A file of the kernel's, made as it is read: nothing to wait for.
    let status =
        if cfg!(target_os = "linux") { std::fs::read_to_string("/proc/self/status") } else { Ok(String::new()) };
    let status = status.unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or_default()
}
