//! One session's task: decides letter by letter, runs the effects in order.

use super::cards::Cards;
use crate::clock::Clock;
use crate::sessions::live::Board;
use crate::sessions::ports::{AskExecutor, Keeper, MessageSource, Receipt};
use bridge_protocol::{MessageInfo, Role};
use gateway_domain::{
    Ask, AskCommand, AskPolicy, CommandOutcome, Effect, Input, Reconnected, Session, Turn, Verdict,
};
use jiff::Timestamp;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

/// Pause before the disk is tried again after it refused a record.
const DISK_AGAIN: Duration = Duration::from_millis(500);

/// Messages looked at to see where a turn stands: the newest turn is all that counts.
const LOOKED_AT: u32 = 50;

/// Longest sleep: the clock may be set meanwhile.
const LONGEST_SLEEP: Duration = Duration::from_secs(30);

pub(super) struct Surroundings {
    pub(super) policy: AskPolicy,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) keeper: Arc<dyn Keeper>,
    pub(super) executor: Arc<dyn AskExecutor>,
    pub(super) messages: Arc<dyn MessageSource>,
    pub(super) board: Arc<Board>,
    pub(super) cards: Arc<Cards>,
}

pub(super) struct Letter {
    pub(super) mail: Mail,
    pub(super) receipt: Option<Box<dyn Receipt>>,
    pub(super) verdict: Option<oneshot::Sender<Verdict>>,
}

pub(super) enum Mail {
    Input(Input),
    /// The pod is back and holds these asks; where the turn stands is looked up if it matters.
    PodBack {
        open: Vec<String>,
    },
    /// Effects that were decided before the task began.
    Run(Vec<Effect>),
}

impl Letter {
    pub(super) fn bare(mail: Mail) -> Self {
        Self { mail, receipt: None, verdict: None }
    }
}

pub(super) struct Task {
    session: Session,
    around: Arc<Surroundings>,
    /// For letters to oneself. Weak, so that the mailbox closes with the last of its real users.
    myself: mpsc::WeakSender<Letter>,
    wake: Option<Timestamp>,
    errands: JoinSet<()>,
    /// The asks that OpenCode held when it last said hello.
    open: Vec<String>,
}

impl Task {
    pub(super) fn new(session: Session, around: Arc<Surroundings>, myself: mpsc::WeakSender<Letter>) -> Self {
        Self { session, around, myself, wake: None, errands: JoinSet::new(), open: vec![] }
    }

    pub(super) async fn run(mut self, mut letters: mpsc::Receiver<Letter>, stop: CancellationToken) {
        loop {
            let letter = tokio::select! {
                letter = letters.recv() => letter,
                () = sleep(self.until_wake()) => Some(Letter::bare(Mail::Input(Input::Tick))),
                () = stop.cancelled() => return,
            };
            while self.errands.try_join_next().is_some() {}
            let Some(letter) = letter else { return };
            tokio::select! {
                () = self.deal_with(letter) => {}
                () = stop.cancelled() => return,
            }
        }
    }

    async fn deal_with(&mut self, letter: Letter) {
        let Letter { mail, receipt, mut verdict } = letter;
        let now = self.around.clock.now();
        if self.wake.is_some_and(|wake| wake <= now) {
            self.wake = None;
        }
        let effects = match mail {
            Mail::Input(input) => {
                self.look_after(&input);
                self.session.handle(input, now)
            }
            Mail::PodBack { open } => {
                self.open = open;
                self.look();
                vec![]
            }
            Mail::Run(effects) => effects,
        };
        for effect in effects {
            self.execute(effect, &mut verdict).await;
        }
        if let Some(receipt) = receipt {
            receipt.done();
        }
    }

    async fn execute(&mut self, effect: Effect, verdict: &mut Option<oneshot::Sender<Verdict>>) {
        match effect {
            Effect::Persist => self.persist().await,
            Effect::Command { request_id, command } => self.send(request_id, command),
            Effect::Show(ask) => self.around.cards.show(*ask),
            Effect::Arm(at) => self.wake = Some(self.wake.map_or(at, |wake| wake.min(at))),
            Effect::Audit(entry) => {
                while let Err(error) = self.around.keeper.audit(&entry).await {
                    tracing::error!(session_id = entry.session, %error, "the audit entry is not on disk; trying again");
                    tokio::time::sleep(DISK_AGAIN).await;
                }
            }
            Effect::Tell(told) => {
                if let Some(verdict) = verdict.take() {
                    // A person who went away hears it from the card.
                    let _ = verdict.send(told);
                }
            }
        }
    }

    /// Nothing goes on before the record is on disk: a full disk stops the session, and costs no promise.
    async fn persist(&self) {
        let record = self.session.record();
        while let Err(error) = self.around.keeper.keep(record).await {
            tracing::error!(session_id = record.session, %error, "the record is not on disk; trying again");
            tokio::time::sleep(DISK_AGAIN).await;
        }
    }

    fn send(&mut self, request_id: String, command: AskCommand) {
        let (executor, myself) = (Arc::clone(&self.around.executor), self.myself.clone());
        let pod = self.session.record().pod.clone();
        self.errands.spawn(async move {
            let outcome = executor.execute(&pod, request_id.clone(), command).await;
            post(&myself, Mail::Input(Input::CommandDone { request_id, outcome })).await;
        });
    }

    /// An ask that died under its answer: see whether its turn can go on.
    fn look_after(&mut self, input: &Input) {
        let interrupted = CommandOutcome::NotPending { ran: false, interrupted: true };
        if matches!(input, Input::CommandDone { outcome, .. } if *outcome == interrupted) {
            self.open.clear();
            self.look();
        }
    }

    /// Finds out where the turn stands, if there is an ask that OpenCode does not hold or an answer that its death
    /// may have undone, and reports back.
    fn look(&mut self) {
        let record = self.session.record();
        let (open, session) = (self.open.clone(), record.session.clone());
        let lost = |ask: &Ask| ask.is_unsettled() && !open.contains(&ask.opencode_id);
        let lost = record.asks.iter().any(lost) || !record.under_way.is_empty();
        let is_child = self.around.board.get(&session).is_some_and(|view| view.info.parent_id.is_some());
        let (messages, myself) = (Arc::clone(&self.around.messages), self.myself.clone());
        self.errands.spawn(async move {
            let turn = match (lost, is_child) {
                (false, _) => None,
                // A sub-agent whose parent died answers to nobody: it is not woken up.
                (true, true) => Some(Turn { user_message_id: String::new(), finished: true }),
                (true, false) => newest_turn(&*messages, &session).await,
            };
            post(&myself, Mail::Input(Input::PodBack(Reconnected { open, turn }))).await;
        });
    }

    fn until_wake(&self) -> Option<Duration> {
        let wait = self.wake?.duration_since(self.around.clock.now());
        Some(Duration::try_from(wait).unwrap_or(Duration::ZERO).min(LONGEST_SLEEP))
    }
}

async fn sleep(time: Option<Duration>) {
    match time {
        Some(time) => tokio::time::sleep(time).await,
        None => std::future::pending().await,
    }
}

async fn post(mailbox: &mpsc::WeakSender<Letter>, mail: Mail) {
    if let Some(mailbox) = mailbox.upgrade() {
        // A task that ended needs no more letters.
        let _ = mailbox.send(Letter::bare(mail)).await;
    }
}

async fn newest_turn(source: &dyn MessageSource, session: &str) -> Option<Turn> {
    match source.messages(session, LOOKED_AT).await {
        Ok(messages) => turn_of(&messages),
        Err(error) => {
            tracing::warn!(session_id = session, %error, "where the turn stands could not be read");
            None
        }
    }
}

/// A turn ends with a message that failed, or that the model ended with other words than a tool call.
fn turn_of(messages: &[MessageInfo]) -> Option<Turn> {
    let user = messages.iter().rposition(|message| message.role == Role::User)?;
    let is_final = |message: &MessageInfo| {
        let ended = message.finish.as_deref().is_some_and(|finish| finish != "tool-calls");
        message.error.is_some() || (message.completed_at.is_some() && ended)
    };
    let finished = messages[user + 1..].iter().any(is_final);
    Some(Turn { user_message_id: messages[user].id.clone(), finished })
}
