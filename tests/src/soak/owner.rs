//! Somebody with a session: starts it, writes, taps what the agent asks, and insists as people do.

use super::rules::Rules;
use super::script::{self, Wish, finished};
use super::tale::{Shared, Tale, Turn};
use super::world::SoakWorld;
use crate::slack::{Message, SlackPerson, SlackSim, Spot};
use crate::wait;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use std::future::ready;
use std::ops::Range;
use std::sync::{Arc, PoisonError};
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// Between two looks at the screen.
const LOOK: Duration = Duration::from_millis(300);

/// Nothing happened for so long after a tap or a command: once more.
const AGAIN: Duration = Duration::from_secs(15);

/// The agent that the soak's OpenCode is configured for.
const OWN: &str = "OpenCode default";

/// What the button says that decides.
const DECIDING: [&str; 2] = ["Allow once", "Red"];

pub(super) struct Owner {
    slack: Arc<SlackSim>,
    me: SlackPerson,
    rival: SlackPerson,
    channel: String,
    number: usize,
    rng: StdRng,
    thinks: Range<Duration>,
    patience: Duration,
    tale: Shared,
}

impl Owner {
    pub(super) fn new(world: &SoakWorld, rules: &Rules, number: usize) -> Self {
        let seed = rules.seed.wrapping_add(1 + number as u64);
        Self {
            slack: Arc::clone(&world.slack),
            me: world.owners[number].clone(),
            rival: world.rival.clone(),
            channel: world.channels[number % world.channels.len()].clone(),
            number,
            rng: StdRng::seed_from_u64(seed),
            thinks: rules.thinks.clone(),
            patience: rules.patience,
            tale: Arc::new(std::sync::Mutex::new(Tale { number, ..Tale::default() })),
        }
    }

    /// Turn after turn until then; what was begun is ended.
    pub(super) async fn day(mut self, until: Instant) -> Shared {
        if let Some(root) = self.start().await {
            while Instant::now() < until {
                let pause = self.rng.random_range(self.thinks.clone());
                sleep(pause).await;
                let (mark, wish) = self.next_turn();
                let text = format!("Please go on with {mark}.\n{}", script::script(&mark, wish));
                let said = self.me.replies(&root, &text);
                self.turn(&root, &said, &mark).await;
            }
        }
        self.tale
    }

    fn note<T>(&self, change: impl FnOnce(&mut Tale) -> T) -> T {
        change(&mut self.tale.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn next_turn(&mut self) -> (String, Wish) {
        let wish = if self.rng.random_bool(0.8) { Wish::Run } else { Wish::Question };
        self.note(|tale| {
            let mark = script::mark(self.number, tale.turns.len());
            let turn = Turn { mark: mark.clone(), wish, lost: false, card: None, finished: false };
            tale.turns.push(turn);
            (mark, wish)
        })
    }

    // --- starting ---

    /// Every second one with the form, the others with a mention. Once more until there is a session.
    async fn start(&mut self) -> Option<Spot> {
        for _ in 0..10 {
            let (mark, wish) = self.next_turn();
            let text = script::script(&mark, wish);
            let root = match self.number % 2 {
                0 => self.start_with_form(&mark, &text).await,
                _ => Some(self.me.says(&self.channel, &format!("<@U0BOT> Soak {mark}\n{text}"))),
            };
            if let Some(root) = root {
                self.note(|tale| tale.root = Some(root.clone()));
                if self.turn(&root, &root, &mark).await {
                    return Some(root);
                }
            }
            self.note(|tale| {
                tale.again += 1;
                tale.turns.iter_mut().filter(|turn| turn.card.is_none()).for_each(|turn| turn.lost = true);
            });
        }
        self.note(|tale| tale.missing.push("a session".to_owned()));
        None
    }

    async fn start_with_form(&self, mark: &str, text: &str) -> Option<Spot> {
        let title = format!("Soak {mark}");
        while self.me.modal().is_none() {
            let receipt = self.me.command(&self.channel, "/opencode", "start").await;
            if !receipt.acked() || self.sees(AGAIN, || self.me.modal()).await.is_none() {
                self.note(|tale| tale.again += 1);
                sleep(LOOK * 3).await;
            }
        }
        // The same form until somebody takes it: it must be one session all the same.
        while self.me.modal().is_some() {
            let receipt = self.me.submit(&[("Title", &title), ("Description", text), ("Agent", OWN)]).await;
            // Not acknowledged, or acknowledged with what is wrong: no OpenCode is there for a moment.
            if !receipt.is_ok_and(|receipt| receipt.acked()) || self.me.modal().is_some() {
                self.note(|tale| tale.again += 1);
                sleep(LOOK * 3).await;
            }
        }
        let begun = || self.slack.messages(&self.channel).into_iter().find(|one| one.text.contains(&title));
        let refused = || self.me.direct_messages().iter().any(|one| one.all_text().contains(&title));
        let either = || begun().map(Some).or_else(|| refused().then_some(None));
        let root = self.sees(self.patience, either).await.flatten()?;
        Some(Spot { channel: root.channel.clone(), ts: root.ts.clone(), thread: root.ts })
    }

    // --- a turn ---

    /// From what was said to the agent's last word. False if Slack lost what was said.
    async fn turn(&mut self, root: &Spot, said: &Spot, mark: &str) -> bool {
        let shown = || self.card(root, &said.ts, mark).map(Some);
        let either = || shown().or_else(|| self.was_lost(said).then_some(None));
        let card = match self.sees(self.patience, either).await {
            Some(Some(card)) => card,
            Some(None) => {
                self.with_turn(mark, |turn| turn.lost = true);
                return false;
            }
            None => {
                self.note(|tale| tale.missing.push(format!("a card for {mark}")));
                return false;
            }
        };
        let card = Spot { channel: card.channel.clone(), ts: card.ts.clone(), thread: root.ts.clone() };
        self.with_turn(mark, |turn| turn.card = Some(card.clone()));
        self.answer(&card, mark).await;
        self.until_finished(root, said, mark).await;
        true
    }

    fn with_turn(&self, mark: &str, change: impl FnOnce(&mut Turn)) {
        self.note(|tale| tale.turns.iter_mut().find(|turn| turn.mark == mark).map(change));
    }

    /// Taps until the card shows that somebody decided. Sometimes somebody else taps at the same moment.
    async fn answer(&mut self, card: &Spot, mark: &str) {
        let (yes, no) = match self.me.buttons(card).iter().any(|label| label == "Red") {
            true => ("Red", "Blue"),
            false => ("Allow once", "Deny"),
        };
        let own = if self.rng.random_bool(0.75) { yes } else { no };
        let rival = self.rng.random_bool(0.15);
        let (began, mut taps) = (Instant::now(), 0);
        sleep(Duration::from_millis(self.rng.random_range(100..2500))).await;
        while self.is_open(card) {
            if began.elapsed() > self.patience {
                return self.note(|tale| tale.missing.push(format!("the answer on the card of {mark}")));
            }
            let (mine, theirs) = (self.me.click(card, own), self.rival.click(card, no));
            let heard = match rival && taps == 0 {
                true => tokio::join!(mine, theirs).0,
                false => mine.await,
            };
            taps += 1;
            self.note(|tale| {
                tale.taps += 1;
                tale.repeated += u64::from(taps > 1);
            });
            let acked = heard.is_ok_and(|receipt| receipt.acked());
            let before_the_next = if acked { AGAIN } else { Duration::from_secs(2) };
            self.sees(before_the_next, || (!self.is_open(card)).then_some(())).await;
        }
    }

    fn is_open(&self, card: &Spot) -> bool {
        self.me.buttons(card).iter().any(|label| DECIDING.contains(&label.as_str()))
    }

    async fn until_finished(&self, root: &Spot, said: &Spot, mark: &str) {
        let word = finished(mark);
        let said_it = || self.since(root, &said.ts).into_iter().find(|one| one.text.contains(&word));
        match self.sees(self.patience, said_it).await {
            Some(_) => self.with_turn(mark, |turn| turn.finished = true),
            None => self.note(|tale| tale.missing.push(word)),
        }
    }

    // --- looking ---

    /// What comes on the screen before this person loses patience.
    async fn sees<T>(&self, patience: Duration, mut look: impl FnMut() -> Option<T>) -> Option<T> {
        wait::within(patience).looking_every(LOOK).until("the screen", || ready(look())).await.ok()
    }

    /// What the app wrote in the thread behind a message.
    fn since(&self, root: &Spot, ts: &str) -> Vec<Message> {
        self.slack.peek(|world| {
            let Some(channel) = world.channels.get(&root.channel) else { return vec![] };
            let behind = channel.messages.range(ts.to_owned()..).map(|(_, message)| message);
            behind
                .filter(|one| one.from_bot() && one.is_reply() && one.thread() == root.ts)
                .cloned()
                .collect()
        })
    }

    fn card(&self, root: &Spot, ts: &str, mark: &str) -> Option<Message> {
        let open = |one: &Message| one.all_text().contains(mark) && super::verdict::is_ask(one);
        self.since(root, ts).into_iter().find(open)
    }

    /// Whether Slack lost it on its way. As a mention it comes under that name.
    fn was_lost(&self, said: &Spot) -> bool {
        self.slack.peek(|world| {
            let of_it =
                |event: &serde_json::Value| event["ts"] == *said.ts && event["channel"] == *said.channel;
            let tries = world.witness.deliveries.iter().rev().take(5_000);
            let mut tries =
                tries.filter(|one| of_it(&one.payload["event"]) && one.payload["event"]["subtype"].is_null());
            let mention = world.channels[&said.channel].messages.get(&said.ts);
            // A thread that a form opened begins with the app's own words; nobody needs to be told of those.
            if mention.is_some_and(Message::from_bot) {
                return false;
            }
            let what = if mention.is_some_and(|one| one.text.contains("<@U0BOT")) {
                "app_mention"
            } else {
                "message"
            };
            tries.any(|one| one.what == what && one.failure.as_deref() == Some("dropped on its way"))
        })
    }
}
