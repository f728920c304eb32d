//! What a link does with words about sessions of other pods: it refuses them, or takes over what a pod that is gone has left.

use super::handshake::{self, plain_error};
use super::link::{End, Link};
use super::own_words::{self, Door, Foreign};
use super::positions::Ticket;
use crate::sessions::ports::{Inbound, Receipt};
use bridge_protocol::{CloseCode, Event, EventFrame, ProtocolErrorCode, ReplyResult};
use std::time::Duration;
use tokio::time::Instant;

/// How often a link may ask whether another pod, of whose session it tells, is gone. Meanwhile its words are refused.
const ASK_AGAIN: Duration = Duration::from_secs(5);

impl Link<'_> {
    /// Whether it tells of its own sessions and asks only. What a pod that is gone has left is its own if it may be.
    pub(super) async fn own_words(&mut self, event: &EventFrame) -> Result<Result<(), Foreign>, End> {
        while let Err(foreign) = self.door().event(event) {
            if !self.takes_over(&foreign).await? {
                return Ok(Err(foreign));
            }
        }
        let of_another = own_words::new_ask(&event.event)
            .and_then(|ask| self.shared.ask_of_another(self.feed, ask, &self.accepted.identity));
        if let Event::SessionDeleted {} = event.event
            && !self.feed.keeps(&event.session_id)
        {
            self.shared.homes.forget(&event.session_id);
        }
        Ok(of_another.map_or(Ok(()), Err))
    }

    fn door(&self) -> Door<'_> {
        Door { homes: &self.shared.homes, pod: &self.accepted.identity }
    }

    /// Takes over a session whose pod is gone; says whether it did.
    async fn takes_over(&mut self, foreign: &Foreign) -> Result<bool, End> {
        let may_ask = self.asked_at.is_none_or(|at| at.elapsed() >= ASK_AGAIN);
        if !may_ask || !self.shared.gives_way(&foreign.home, &self.accepted.identity).await {
            if may_ask {
                self.asked_at = Some(Instant::now());
            }
            return Ok(false);
        }
        let is_moved = self.shared.homes.hand_over(&foreign.session, &foreign.home, &self.accepted.identity);
        if is_moved {
            self.pass_on(Inbound::HandedOver { session: foreign.session.clone(), by: None })?;
        }
        Ok(is_moved)
    }

    /// Sent again it would be refused again, so the plugin need not keep it.
    pub(super) async fn foreign(&mut self, foreign: &Foreign, ticket: Ticket, seq: u64) -> Result<(), End> {
        Box::new(ticket).done();
        handshake::refused(self.shared, &self.accepted.pod, foreign);
        let mut error = plain_error(ProtocolErrorCode::WrongField, &foreign.sentence());
        error.seq = Some(seq);
        self.complain(error).await
    }

    pub(super) async fn own_reply(&mut self, result: &ReplyResult) -> Result<Result<(), Foreign>, End> {
        while let Err(foreign) = self.door().reply(result) {
            if !self.takes_over(&foreign).await? {
                return Ok(Err(foreign));
            }
        }
        Ok(Ok(()))
    }

    /// Once a pod is gone whose sessions this one told of in vain, it is to say hello again.
    pub(super) async fn look_for_heritage(&mut self) -> Result<(), End> {
        for other in &self.accepted.heir_of {
            if self.shared.gives_way(other, &self.accepted.identity).await {
                return Err(Some(CloseCode::ServiceRestart));
            }
        }
        Ok(())
    }
}

impl Foreign {
    /// For the log of whoever said it.
    pub(super) fn sentence(&self) -> String {
        format!(
            "The session {} belongs to the pod {}; another one can't speak for it. It was refused and reported.",
            self.session, self.home.name
        )
    }
}
