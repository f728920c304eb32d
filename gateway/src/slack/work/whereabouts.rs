//! Where the thread of a session is to be that began in OpenCode: in the channel that its form names, or where somebody
//! chooses once its person has left OpenCode's page and something waits (REQ-START-11). What was chosen stands in the
//! session's record and what was asked in the ledger of posts, so nobody is asked twice, also after a restart.

use super::tell::Where;
use super::{Deed, Room};
use crate::sessions::presence::Presence;
use crate::slack::keys;
use crate::slack::out::{NotOpened, Opening, Spot};
use crate::slack::render;
use crate::slack::words;
use gateway_domain::SessionCard;
use jiff::Timestamp;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// Between looks at who has left.
const LOOK: Duration = Duration::from_secs(1);

/// Who was seen on a session, and since when nobody is.
#[derive(Default)]
struct Absence {
    seen: HashSet<String>,
    since: HashMap<String, Timestamp>,
    /// Channels of forms that could not be used; somebody is asked instead.
    unusable: HashSet<String>,
}

pub(in crate::slack) async fn look_after(room: Arc<Room>, presence: Arc<Presence>, stop: CancellationToken) {
    let mut absence = Absence::default();
    loop {
        for card in room.desk.cards() {
            if card.about.place.is_none() && card.ended.is_none() && card.about.start_key.is_none() {
                tokio::select! {
                    () = stop.cancelled() => return,
                    () = room.find_a_place(&card, &presence, &mut absence) => {}
                }
            }
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(LOOK) => {}
        }
    }
}

impl Room {
    async fn find_a_place(&self, card: &SessionCard, presence: &Presence, absence: &mut Absence) {
        let wanted = card.about.thread_wanted.as_deref().and_then(channel_id);
        if let Some(channel) = wanted.filter(|_| !absence.unusable.contains(&card.session)) {
            if let Err(error) = self.open_for(card, channel, "OpenCode").await {
                tracing::warn!(session_id = card.session, channel, %error, "the thread that a form wants is not made");
                absence.unusable.insert(card.session.clone());
            }
        } else if !card.open_asks.is_empty() && absence.is_away(card, presence, self.clock.now()) {
            self.ask_where(card).await;
        }
    }

    async fn ask_where(&self, card: &SessionCard) {
        let drawing = render::where_to(&card.session, &card.about.title, card.open_asks.len());
        if self.outlet.asked_where(&card.session) {
            return;
        }
        match self.someone_to_ask(card).await {
            Some(channel) => self.outlet.ask_where(&channel, &card.session, drawing).await,
            None => tracing::debug!(
                session_id = card.session,
                "nobody in Slack can be asked where its thread is to be"
            ),
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
        let spot = Spot { team, channel: channel.to_owned(), thread: None };
        let (title, project) = (card.about.title.clone(), card.about.project.clone());
        let opening = Opening { title, by: by.to_owned(), project };
        let key = keys::short(&["place", &card.session, channel]);
        let place = self.outlet.open_thread(spot, &key, opening).await?;
        let placed = self.desk.place(&card.session, place.clone()).await;
        placed.map_err(|refusal| NotOpened { code: refusal.to_string() })?;
        self.outlet.follow(&card.session, place);
        Ok(())
    }
}

impl Absence {
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

/// As Slack names channels; a name that people use cannot be looked up without more rights.
fn channel_id(text: &str) -> Option<&str> {
    let plain = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit();
    (text.starts_with(['C', 'G', 'D']) && text.len() >= 3 && text.bytes().all(plain)).then_some(text)
}

/// Somebody chose a channel.
pub(super) async fn chosen(room: &Room, deed: &Deed, place: &Where, session: &str, channel: &str) {
    let Some(card) = room.desk.card_of(session) else {
        return room.tell(place, words::NO_SUCH_ASK).await;
    };
    // Done again after a kill, it is the same thread.
    if card.about.place.is_none()
        && let Err(error) = room.open_for(&card, channel, &deed.by.name).await
    {
        return room.tell(place, &words::no_thread(&error.code)).await;
    }
    let asked = place.channel.as_deref().unwrap_or(channel);
    room.outlet.settle_where(session, asked, render::placed(&card.about.title, channel, &deed.by.name)).await;
}
