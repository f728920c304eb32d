//! Where the thread of a session is to be that began in OpenCode: in the channel that its form names, or where somebody
//! chooses once its person has left OpenCode's page and something would notify them: an ask, or a turn that ended
//! (REQ-START-11). What was chosen stands in the session's record and what was asked in the ledger of posts, so nobody
//! is asked twice, also after a restart.

use super::reply::ReplyTarget;
use super::{SlackContext, SlackRequest};
use crate::sessions::channels::channel_of;
use crate::sessions::desk::Refusal;
use crate::sessions::presence::Presence;
use crate::slack::message_keys;
use crate::slack::outbound::{NotOpened, Opening, ThreadTarget};
use crate::slack::render;
use crate::slack::sentences;
use gateway_domain::{Doing, SessionCard};
use jiff::{SignedDuration, Timestamp};
use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;
use tokio_util::sync::CancellationToken;

/// Between looks at who has left.
const POLL_INTERVAL: Duration = Duration::from_secs(1);

/// A person counts as watching until this long after their last action.
const WATCHES: SignedDuration = SignedDuration::from_secs(5);

/// Who was seen on a session, and since when nobody is.
#[derive(Default)]
struct Absence {
    seen: HashSet<String>,
    since: HashMap<String, Timestamp>,
    /// What the sessions did when they were last looked at.
    doing: HashMap<String, Doing>,
    /// Turns that ended, well or badly, and that nobody has seen yet.
    ended: HashSet<String>,
    /// Channels of forms that could not be used; somebody is asked instead.
    unusable: HashSet<String>,
}

pub(in crate::slack) async fn look_after(
    context: Arc<SlackContext>,
    presence: Arc<Presence>,
    stop: CancellationToken,
) {
    let (mut absence, mut changes) = (Absence::default(), context.desk.watch_cards());
    loop {
        for card in context.desk.cards().into_iter().filter(|card| has_no_thread(card)) {
            tokio::select! {
                () = stop.cancelled() => return,
                () = context.find_a_thread(&card, &presence, &mut absence) => {}
            }
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = context.note_changes(&mut changes, &presence, &mut absence) => {}
        }
    }
}

/// It began in OpenCode and goes on.
fn has_no_thread(card: &SessionCard) -> bool {
    card.about.thread.is_none() && card.ended.is_none() && card.about.start_key.is_none()
}

impl SlackContext {
    /// Until the next look: a turn may be shorter than the time between two.
    async fn note_changes(
        &self,
        changes: &mut Receiver<Arc<SessionCard>>,
        presence: &Presence,
        absence: &mut Absence,
    ) {
        let pause = tokio::time::sleep(POLL_INTERVAL);
        tokio::pin!(pause);
        loop {
            let change = tokio::select! {
                () = &mut pause => return,
                change = changes.recv() => change,
            };
            match change {
                Ok(card) if has_no_thread(&card) => absence.look_at(&card, presence, self.clock.now()),
                // Whatever was missed is seen at the next look, but for turns that began and ended in between.
                Ok(_) | Err(RecvError::Lagged(_)) => {}
                Err(RecvError::Closed) => return pause.await,
            }
        }
    }

    async fn find_a_thread(&self, card: &SessionCard, presence: &Presence, absence: &mut Absence) {
        absence.look_at(card, presence, self.clock.now());
        let wanted = card.about.thread_wanted.as_deref().and_then(channel_of);
        if let Some(channel) = wanted.filter(|_| !absence.unusable.contains(&card.session)) {
            if let Err(error) = self.open_for(card, &channel, "OpenCode").await {
                tracing::warn!(session_id = card.session, channel, %error, "thread chosen in a form not created");
                absence.unusable.insert(card.session.clone());
            }
        } else if absence.is_news(card) && absence.is_away(card, presence, self.clock.now()) {
            self.ask_where(card).await;
        }
    }

    async fn ask_where(&self, card: &SessionCard) {
        let drawing = render::choose_thread_card(&card.session, card.title(), card.open_asks.len());
        if self.outlet.asked_where(&card.session) {
            return;
        }
        match self.someone_to_ask(card).await {
            Some(channel) => self.outlet.ask_where(&channel, &card.session, drawing).await,
            None => {
                tracing::debug!(session_id = card.session, "no one in Slack to ask for the thread's channel")
            }
        }
    }

    /// The project's channel, or an administrator.
    async fn someone_to_ask(&self, card: &SessionCard) -> Option<String> {
        let of_project = card.about.project.as_deref().and_then(|project| self.settings.channel_of(project));
        if of_project.is_some() {
            return of_project;
        }
        self.direct(self.config.administrators.first()?).await.ok()
    }

    async fn open_for(&self, card: &SessionCard, channel: &str, by: &str) -> Result<(), NotOpened> {
        let team = self.identity.team.clone();
        let target = ThreadTarget { team, channel: channel.to_owned(), thread: None };
        let (title, project) = (card.title().to_owned(), card.about.project.clone());
        let works_in = Some(card.about.directory.clone()).filter(|directory| !directory.is_empty());
        let opening = Opening { title, by: by.to_owned(), project, works_in, asked_in: None };
        let key = message_keys::short(&["place", &card.session, channel]);
        let thread = self.outlet.open_thread(target, &key, opening).await?;
        let stored = self.desk.set_thread(&card.session, thread.clone()).await;
        stored.map_err(|refusal| NotOpened { code: refusal.to_string() })?;
        self.outlet.follow(&card.session, thread);
        Ok(())
    }
}

impl Absence {
    /// A turn that ends is news until somebody does something on the session's page. Only in memory: what ended before
    /// a restart of ours is none, or each old session would be asked about.
    fn look_at(&mut self, card: &SessionCard, presence: &Presence, now: Timestamp) {
        let before = self.doing.insert(card.session.clone(), card.doing);
        let last = presence.on(&card.session).into_iter().map(|present| present.last).max();
        let is_watched = last.is_some_and(|last| now.duration_since(last) < WATCHES);
        let has_ended = matches!(card.doing, Doing::Idle | Doing::Failed)
            && matches!(before, Some(Doing::Working | Doing::Waiting | Doing::Paused));
        if is_watched || card.doing == Doing::Working {
            self.ended.remove(&card.session);
        } else if has_ended {
            self.ended.insert(card.session.clone());
        }
    }

    /// What would notify somebody, had the session a thread.
    fn is_news(&self, card: &SessionCard) -> bool {
        !card.open_asks.is_empty() || self.ended.contains(&card.session)
    }

    /// Left after having been there, or never seen for as long as somebody who leaves is waited for.
    fn is_away(&mut self, card: &SessionCard, presence: &Presence, now: Timestamp) -> bool {
        if !presence.on(&card.session).is_empty() {
            self.seen.insert(card.session.clone());
            self.since.remove(&card.session);
            return false;
        }
        let since = *self.since.entry(card.session.clone()).or_insert(now);
        self.seen.contains(&card.session) || now.duration_since(since) >= presence.leaves_after()
    }
}

/// Somebody chose a channel.
pub(super) async fn chosen(
    context: &SlackContext,
    request: &SlackRequest,
    reply_to: &ReplyTarget,
    session: &str,
    channel: &str,
) {
    let Some(card) = context.desk.card_of(session) else {
        let unknown = Refusal::UnknownSession(session.to_owned());
        return context.tell_refusal(reply_to, &unknown).await;
    };
    // Done again after a kill, it is the same thread.
    if card.about.thread.is_none()
        && let Err(error) = context.open_for(&card, channel, &request.by.name).await
    {
        return context.tell(reply_to, &sentences::no_thread(&error.code)).await;
    }
    let asked = reply_to.channel.as_deref().unwrap_or(channel);
    context
        .outlet
        .settle_where(session, asked, render::thread_chosen(card.title(), channel, &request.by.name))
        .await;
}
