//! One attempt while it runs: its keeper, its log, and whether it answers.

use super::log_tail::LogTail;
use super::{ENDS_WITHIN, LabLimits, lab_keeper};
use crate::clock::Clock;
use crate::sessions::ports::LabNews;
use gateway_domain::{LabFault, LabSeen, LabSight};
use reqwest::Client;
use std::os::unix::process::ExitStatusExt;
use std::process::ExitStatus;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::process::Child;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

/// Between two looks: often while most servers start, and never more seldom than five seconds.
const SOON: Duration = Duration::from_millis(100);
const LATER: Duration = Duration::from_secs(1);
const OFTEN: usize = 100;

/// One look.
const LOOK: Duration = Duration::from_secs(2);

/// Output that may remain after the end.
const LAST_WORDS: Duration = Duration::from_millis(300);

/// Answers from here on say that the app is broken.
const BROKEN: u16 = 500;

/// Where a server of this machine may listen. The first is where it is told to.
const HOSTS: [&str; 2] = ["127.0.0.1", "[::1]"];

/// The guard's word that it ran nothing.
const NOTHING_RAN: i32 = 126;

/// What others hold of it.
pub(super) struct LabRun {
    pub(super) attempt: String,
    pub(super) session: String,
    pub(super) port: u16,
    pub(super) ready: String,
    limits: LabLimits,
    pub(super) log: LogTail,
    /// Nobody wants it any more.
    pub(super) unwanted: CancellationToken,
    /// It does not run any more.
    pub(super) over: CancellationToken,
    /// Something of it would not end.
    is_stuck: AtomicBool,
    newest: Mutex<Option<LabSight>>,
}

impl LabRun {
    pub(super) fn new(attempt: &str, session: &str, port: u16, ready: String, limits: LabLimits) -> Self {
        Self {
            attempt: attempt.to_owned(),
            session: session.to_owned(),
            port,
            ready,
            limits,
            log: LogTail::default(),
            unwanted: CancellationToken::new(),
            over: CancellationToken::new(),
            is_stuck: AtomicBool::new(false),
            newest: Mutex::new(None),
        }
    }

    /// What was seen last, for a session that asks once more.
    pub(super) fn newest(&self) -> Option<LabSight> {
        self.newest.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Comes back when nothing of it runs any more; else says what does.
    pub(super) async fn end(&self) -> Result<(), String> {
        self.unwanted.cancel();
        let ended = tokio::time::timeout(ENDS_WITHIN, self.over.cancelled()).await;
        match ended.is_ok() && !self.is_stuck.load(Ordering::Relaxed) {
            true => Ok(()),
            false => Err("a process of it doesn't end.".to_owned()),
        }
    }

    fn sees(&self, what: LabSight) -> LabNews {
        *self.newest.lock().unwrap_or_else(PoisonError::into_inner) = Some(what.clone());
        (self.session.clone(), LabSeen { attempt: self.attempt.clone(), what })
    }

    /// Until it has ended. `stop`: the gateway ends, and with it all labs.
    pub(super) async fn watch(
        self: Arc<Self>,
        mut child: Child,
        (news, client, clock): (mpsc::Sender<LabNews>, Client, Arc<dyn Clock>),
        stop: CancellationToken,
    ) {
        let (begun, input) = (clock.steady(), child.stdin.take());
        let (output, error) = (child.stdout.take(), child.stderr.take());
        let (this, probing) = (Arc::clone(&self), self.until_it_answers(&client));
        let pumping = async {
            tokio::join!(
                async {
                    if let Some(output) = output {
                        this.log.take(output).await
                    }
                },
                async {
                    if let Some(error) = error {
                        this.log.take(error).await
                    }
                },
            )
        };
        tokio::pin!(probing, pumping);
        let (mut input, mut is_ready, mut is_read) = (input, false, false);
        let status = loop {
            tokio::select! {
                status = child.wait() => break status.ok(),
                () = tokio::time::sleep(ENDS_WITHIN), if input.is_none() => break None,
                url = &mut probing, if !is_ready && input.is_some() => {
                    is_ready = true;
                    // A gateway that stops hears no news.
                    let _ = news.send(self.sees(LabSight::Ready { url })).await;
                }
                _ = &mut pumping, if !is_read => is_read = true,
                () = self.unwanted.cancelled(), if input.is_some() => drop(input.take()),
                () = stop.cancelled(), if input.is_some() => drop(input.take()),
            }
        };
        if !is_read {
            let _ = tokio::time::timeout(LAST_WORDS, pumping).await;
        }
        let is_over = status.is_some();
        let code = status.and_then(|status: ExitStatus| status.code());
        let signal = status.and_then(|status| status.signal());
        let is_stuck = !is_over || code == Some(lab_keeper::NOT_ALL_ENDED.into());
        self.is_stuck.store(is_stuck, Ordering::Relaxed);
        // Whoever ended it knows why.
        if input.is_some() {
            let ran = (clock.steady() - begun).as_secs();
            let (fault, why) = self.too_much(signal).unwrap_or_else(|| why(code, ran));
            let ended = LabSight::Ended { fault, why, log: self.log.last_lines() };
            let _ = news.send(self.sees(ended)).await;
        }
        self.over.cancel();
    }

    /// Its keeper ended it, for what it used.
    fn too_much(&self, signal: Option<i32>) -> Option<(LabFault, String)> {
        let LabLimits { processes, memory_mib } = self.limits;
        let is = |one: rustix::process::Signal| signal == Some(one.as_raw());
        match () {
            () if is(lab_keeper::TOO_MANY_PROCESSES) => Some((
                LabFault::Crash,
                format!(
                    "The app had more than {processes} processes at once, so it was ended. `lab.process.processes` in the gateway's configuration raises that."
                ),
            )),
            () if is(lab_keeper::TOO_MUCH_MEMORY) => Some((
                LabFault::Memory,
                format!(
                    "The app needs more than its {memory_mib} MiB of memory. `lab.process.memory_mib` in the gateway's configuration raises it."
                ),
            )),
            () => None,
        }
    }

    /// Where it answers.
    async fn until_it_answers(&self, client: &Client) -> String {
        let mut looks = 0;
        loop {
            for host in HOSTS {
                let address = format!("http://{host}:{}", self.port);
                if answers(client, &format!("{address}{}", self.ready)).await {
                    return format!("{address}/");
                }
            }
            looks += 1;
            tokio::time::sleep(if looks < OFTEN { SOON } else { LATER }).await;
        }
    }
}

async fn answers(client: &Client, url: &str) -> bool {
    let asked = client.get(url).timeout(LOOK).send().await;
    asked.is_ok_and(|answer| answer.status().as_u16() < BROKEN)
}

/// For people: what became of it.
fn why(code: Option<i32>, ran: i64) -> (LabFault, String) {
    match code {
        Some(NOTHING_RAN) => (LabFault::Guard, "The guard didn't start the app.".to_owned()),
        Some(code @ 129..160) => {
            (LabFault::Crash, format!("The app was ended by signal {} after {ran} s.", code - 128))
        }
        Some(code) => (LabFault::Crash, format!("The app ended by itself: exit code {code} after {ran} s.")),
        None => (LabFault::Machine, format!("What runs the app was killed after {ran} s.")),
    }
}
