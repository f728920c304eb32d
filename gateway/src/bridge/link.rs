//! One task owns one connection: it reads, writes, pings and acknowledges until the link ends.
//!
//! Nothing in it waits for anybody but the peer: events go into the pod's queue without waiting, and a
//! peer that does not read its frames in time loses the link (`TooSlow`).

use super::auth::Shown;
use super::flood::Refused;
use super::handshake::{self, AcceptedLink, LinkRefusal, plain_error};
use super::peer_ids;
use super::pending::{Answer, Failure, Settlement};
use super::positions::{Arrival, Ticket};
use super::{Hub, Reception};
use crate::sessions::ports::{Delivery, Inbound, PodFeed, Receipt};
use crate::{trace, watchdog};
use axum::extract::ws::{CloseFrame, Message, Utf8Bytes, WebSocket};
use bridge_protocol::{
    Ack, CloseCode, CommandError, ErrorCode, EventFrame, GatewayFrame, Heartbeat, PluginFrame, ProtocolError,
    ProtocolErrorCode, ReplyResult, limits,
};
use futures_util::{FutureExt, SinkExt, StreamExt};
use gateway_domain::one_line;
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::sync::mpsc::error::TrySendError;
use tokio::time::{Instant, Interval, MissedTickBehavior};

/// Frames read before the link looks at its other duties again.
const READ_BURST: usize = 128;

pub(super) async fn run(reception: Reception, socket: WebSocket, peer: SocketAddr, shown: Shown) {
    let shared = &reception.shared;
    let connection_id: Arc<str> = shared.ids.next("conn_").into();
    tracing::debug!(%connection_id, %peer, "bridge connection opened");
    let mut socket = Socket { inner: socket, peer, connection_id: Arc::clone(&connection_id) };
    let accepted = tokio::select! {
        accepted = handshake::accept(&reception, &mut socket, &connection_id, shown) => accepted,
        () = shared.closing.cancelled() => Err(LinkRefusal(Some(CloseCode::ServiceRestart))),
    };
    match accepted {
        Ok(accepted) => serve(&reception, socket, accepted).await,
        Err(LinkRefusal(Some(code))) => socket.close(shared, code).await,
        Err(LinkRefusal(None)) => {}
    }
}

/// A link's life after the handshake, and its clean end.
async fn serve(reception: &Reception, socket: Socket, accepted: AcceptedLink) {
    let shared = &reception.shared;
    let mut link = Link::new(reception, socket, accepted);
    let end = link.run().await;
    let Link { mut socket, accepted: AcceptedLink { pod, handle, tenure, .. }, .. } = link;
    tenure.end().await;
    let why = end.map_or("peer_gone", |code| word(code));
    shared.metrics.closed(why);
    tracing::info!(connection_id = %handle.connection_id, pod = &**pod.name(), why, "bridge link down");
    if let Some(code) = end {
        socket.close(shared, code).await;
    }
}

fn word(code: CloseCode) -> &'static str {
    match code {
        CloseCode::GoingAway => "going_away",
        CloseCode::ServiceRestart => "service_restart",
        CloseCode::IncompatibleVersion => "incompatible_version",
        CloseCode::Replaced => "replaced",
        CloseCode::Silent => "silent",
        CloseCode::HelloExpected => "hello_expected",
        CloseCode::TooSlow => "too_slow",
        CloseCode::NameTaken => "name_taken",
        CloseCode::TooManyPods => "too_many_pods",
    }
}

pub(super) struct Link<'a> {
    pub(super) shared: &'a Hub,
    pub(super) feed: &'a dyn PodFeed,
    socket: Socket,
    pub(super) accepted: AcceptedLink,
    ping: Interval,
    last_heard: Instant,
    last_ping: Option<(u32, Instant)>,
    nonce: u32,
    acked: u64,
    /// The gap that was complained about, so that one gap brings one complaint.
    gap_told: Option<u64>,
    pub(super) asked_at: Option<Instant>,
}

/// How a link ends: with a code of ours, or `None` when the peer is gone.
pub(super) type End = Option<CloseCode>;

// === impl Link ===

impl<'a> Link<'a> {
    fn new(reception: &'a Reception, socket: Socket, accepted: AcceptedLink) -> Self {
        let (shared, feed) = (&*reception.shared, &*reception.feed);
        let mut ping = tokio::time::interval(shared.config.ping_interval);
        ping.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let acked = accepted.attached.resume_from.saturating_sub(1);
        let last_heard = Instant::now();
        let (last_ping, nonce, gap_told, asked_at) = (None, 0, None, None);
        Self { shared, feed, socket, accepted, ping, last_heard, last_ping, nonce, acked, gap_told, asked_at }
    }

    async fn run(&mut self) -> End {
        if self.fail_over().await.is_err() {
            return Some(CloseCode::TooSlow);
        }
        loop {
            if let Err(end) = self.turn().await {
                return end;
            }
        }
    }

    /// Sends again what an older link of this pod left in flight.
    async fn fail_over(&mut self) -> Result<(), TooSlow> {
        let again = self.accepted.pod.pending.fail_over(self.accepted.attached.restarted);
        for outgoing in again {
            self.socket.feed(self.shared, &outgoing.frame).await?;
        }
        self.socket.flush(self.shared).await
    }

    /// Waits for the next thing to happen and deals with it.
    async fn turn(&mut self) -> Result<(), End> {
        tokio::select! {
            code = self.accepted.handle.stopped() => return Err(Some(code)),
            () = self.shared.closing.cancelled() => return Err(Some(CloseCode::ServiceRestart)),
            message = self.socket.inner.next() => self.read(message).await?,
            Some(frame) = self.accepted.outbound.recv() => self.write(frame).await?,
            () = self.accepted.attached.positions.changed() => self.acknowledge().await?,
            _ = self.ping.tick() => self.beat().await?,
        }
        self.socket.flush(self.shared).await.map_err(slow)
    }

    /// Deals with a frame and with those that are there already.
    async fn read(&mut self, first: Option<Result<Message, axum::Error>>) -> Result<(), End> {
        self.last_heard = Instant::now();
        let mut next = Some(first);
        let mut budget = READ_BURST;
        while let Some(message) = next {
            match message {
                Some(Ok(message)) => self.message(message).await?,
                Some(Err(_)) | None => return Err(None),
            }
            budget -= 1;
            next = if budget > 0 { self.socket.inner.next().now_or_never() } else { None };
        }
        Ok(())
    }

    async fn message(&mut self, message: Message) -> Result<(), End> {
        match message {
            Message::Text(text) => match PluginFrame::decode(text.as_str()) {
                Ok(frame) => self.frame(frame).await,
                Err(error) => self.complain(error.into()).await,
            },
            Message::Binary(_) => {
                self.complain(plain_error(ProtocolErrorCode::NotText, "Frames are JSON text.")).await
            }
            Message::Close(_) => Err(None),
            Message::Ping(_) | Message::Pong(_) => Ok(()),
        }
    }

    async fn frame(&mut self, frame: PluginFrame) -> Result<(), End> {
        match frame {
            PluginFrame::Event(event) => self.event(*event).await,
            PluginFrame::Reply(reply) => self.judge_reply(&reply.request_id, reply.result).await,
            PluginFrame::Error(error) => {
                let request_id = error.request_id.clone();
                self.reply(&request_id, Err(Failure::Command(error))).await
            }
            PluginFrame::Spans(told) => {
                trace::relay(self.accepted.pod.name(), told.spans);
                Ok(())
            }
            PluginFrame::Ping(beat) => self.feed(&GatewayFrame::Pong(beat)).await,
            PluginFrame::Pong(beat) => {
                self.pong(beat);
                Ok(())
            }
            PluginFrame::ProtocolError(error) => {
                tracing::warn!(connection_id = %self.socket.connection_id, code = ?error.code,
                    reason = one_line(&error.message), "frame refused by the plugin");
                self.reject_request(&error);
                Ok(())
            }
            PluginFrame::Hello(_) => {
                let message = "This link has already sent its hello.";
                self.complain(plain_error(ProtocolErrorCode::WrongOrder, message)).await
            }
        }
    }

    async fn event(&mut self, event: EventFrame) -> Result<(), End> {
        watchdog::mark(event.event.name());
        let seq = event.seq;
        let (arrival, ticket) = self.accepted.attached.positions.arrive(seq);
        match (arrival, ticket) {
            (Arrival::Next, Some(ticket)) => {
                self.gap_told = None;
                if let Err(sentence) = peer_ids::event(&event) {
                    return self.wrong_id(sentence, ticket, seq).await;
                }
                let fits =
                    self.accepted.pod.allowance().take(&event.session_id, &event.event, Instant::now());
                if let Err(refused) = fits {
                    return self.too_much(&refused, ticket, seq).await;
                }
                if let Err(foreign) = self.own_words(&event).await? {
                    return self.foreign(&foreign, ticket, seq).await;
                }
                self.shared.metrics.event(event.event.name());
                self.hand_inwards(Delivery { event, receipt: Box::new(ticket) })
            }
            (Arrival::Future { expected }, _) => self.gap(seq, expected).await,
            _ => {
                self.shared.metrics.repeated_event();
                let seq = self.accepted.attached.positions.done();
                self.feed(&GatewayFrame::Ack(Ack { seq })).await
            }
        }
    }

    /// Sent again it would be no better, so the plugin need not keep it.
    async fn wrong_id(&mut self, sentence: String, ticket: Ticket, seq: u64) -> Result<(), End> {
        Box::new(ticket).done();
        self.shared.metrics.dropped_event("wrong_id");
        let mut error = plain_error(ProtocolErrorCode::WrongField, &sentence);
        error.seq = Some(seq);
        self.complain(error).await
    }

    /// What is refused is done with: asked for again it would be too much again.
    async fn too_much(&mut self, refused: &Refused, ticket: Ticket, seq: u64) -> Result<(), End> {
        Box::new(ticket).done();
        self.shared.metrics.dropped_event(refused.what);
        if !refused.tell {
            return Ok(());
        }
        let (pod, message) = (self.accepted.pod.name(), refused.sentence());
        let (connection_id, what) = (&self.socket.connection_id, refused.what);
        tracing::warn!(%connection_id, pod = &**pod, what, "pod sends too much; the excess was dropped");
        let mut error = plain_error(ProtocolErrorCode::WrongOrder, &message);
        error.seq = Some(seq);
        self.complain(error).await
    }

    /// The queue holds more than the plugin may have unacknowledged; a plugin that overruns it is cut off,
    /// and the event it sent is asked for again.
    fn hand_inwards(&self, delivery: Delivery) -> Result<(), End> {
        self.pass_on(Inbound::Event(Box::new(delivery)))
    }

    pub(super) fn pass_on(&self, inbound: Inbound) -> Result<(), End> {
        match self.accepted.pod.inbound.try_send(inbound) {
            Ok(()) => Ok(()),
            Err(TrySendError::Full(_)) => Err(Some(CloseCode::TooSlow)),
            Err(TrySendError::Closed(_)) => Err(Some(CloseCode::ServiceRestart)),
        }
    }

    async fn gap(&mut self, seq: u64, expected: u64) -> Result<(), End> {
        self.shared.metrics.event_gap();
        if self.gap_told == Some(expected) {
            return Ok(());
        }
        self.gap_told = Some(expected);
        let message = format!("Event {seq} arrived, but {expected} is the next one; resend from there.");
        let mut error = plain_error(ProtocolErrorCode::EventGap, &message);
        (error.seq, error.expected_seq) = (Some(seq), Some(expected));
        self.complain(error).await
    }

    /// Whoever waits for a reply with wrong ids hears that it could not be used.
    async fn judge_reply(&mut self, request_id: &str, result: ReplyResult) -> Result<(), End> {
        let message = match peer_ids::reply(&result) {
            Ok(()) => match self.own_reply(&result).await? {
                Ok(()) => return self.reply(request_id, Ok(result)).await,
                Err(foreign) => {
                    handshake::refused(self.shared, &self.accepted.pod, &foreign);
                    foreign.sentence()
                }
            },
            Err(message) => {
                self.shared.metrics.dropped_reply("wrong_id");
                message
            }
        };
        let mut error = plain_error(ProtocolErrorCode::WrongField, &message);
        error.request_id = Some(request_id.to_owned());
        let (request_id, code) = (request_id.to_owned(), ErrorCode::Internal);
        self.reply(
            &request_id,
            Err(Failure::Command(CommandError { request_id: request_id.clone(), code, message })),
        )
        .await?;
        self.complain(error).await
    }

    async fn reply(&mut self, request_id: &str, answer: Answer) -> Result<(), End> {
        match self.accepted.pod.pending.settle(request_id, answer) {
            Settlement::Delivered => Ok(()),
            Settlement::LateOrRepeated => {
                self.shared.metrics.dropped_reply("late_or_repeated");
                tracing::debug!(connection_id = %self.socket.connection_id,
                    request_id = one_line(request_id), "late reply dropped");
                Ok(())
            }
            Settlement::Unknown => {
                self.shared.metrics.dropped_reply("unknown");
                let message = "No request is waiting for this reply.";
                let mut error = plain_error(ProtocolErrorCode::UnknownRequest, message);
                error.request_id = Some(request_id.to_owned());
                self.complain(error).await
            }
        }
    }

    /// A request the plugin could not read is answered for it, so that its caller need not wait in vain.
    fn reject_request(&self, error: &ProtocolError) {
        let Some(request_id) = &error.request_id else { return };
        let failure = CommandError {
            request_id: request_id.clone(),
            code: ErrorCode::UnknownCommand,
            message: error.message.clone(),
        };
        self.accepted.pod.pending.settle(request_id, Err(Failure::Command(failure)));
    }

    async fn write(&mut self, frame: Arc<str>) -> Result<(), End> {
        self.socket.feed(self.shared, &frame).await.map_err(slow)?;
        for _ in 0..READ_BURST {
            let Ok(frame) = self.accepted.outbound.try_recv() else { break };
            self.socket.feed(self.shared, &frame).await.map_err(slow)?;
        }
        Ok(())
    }

    async fn acknowledge(&mut self) -> Result<(), End> {
        let positions = &self.accepted.attached.positions;
        if positions.has_failed() {
            return Err(Some(CloseCode::ServiceRestart));
        }
        let seq = positions.done();
        if seq <= self.acked {
            return Ok(());
        }
        self.acked = seq;
        self.feed(&GatewayFrame::Ack(Ack { seq })).await
    }

    /// Pings, or gives up a peer that was silent for three intervals. Whatever is done by now is acknowledged, however
    /// little it is.
    async fn beat(&mut self) -> Result<(), End> {
        self.acknowledge().await?;
        let silence = self.shared.config.ping_interval * limits::SILENT_INTERVALS;
        if self.last_heard.elapsed() > silence {
            return Err(Some(CloseCode::Silent));
        }
        self.look_for_heritage().await?;
        self.nonce = self.nonce.wrapping_add(1);
        self.last_ping = Some((self.nonce, Instant::now()));
        self.feed(&GatewayFrame::Ping(Heartbeat { nonce: self.nonce })).await
    }

    fn pong(&mut self, beat: Heartbeat) {
        let Some((nonce, sent)) = self.last_ping else { return };
        if nonce == beat.nonce {
            let seconds = sent.elapsed().as_secs_f64();
            self.shared.metrics.round_trip.observe(seconds);
            tracing::debug!(connection_id = %self.socket.connection_id, seconds, "bridge round trip");
        }
    }

    pub(super) async fn complain(&mut self, error: ProtocolError) -> Result<(), End> {
        self.socket.protocol_error(self.shared, error).await.map_err(slow)
    }

    async fn feed(&mut self, frame: &GatewayFrame) -> Result<(), End> {
        self.socket.feed(self.shared, &frame.encode()).await.map_err(slow)
    }
}

// === impl Socket ===

/// The peer did not take a frame in time, or is gone.
pub(super) struct TooSlow;

fn slow(_: TooSlow) -> End {
    Some(CloseCode::TooSlow)
}

/// A WebSocket with a time limit on every write.
pub(super) struct Socket {
    inner: WebSocket,
    pub(super) peer: SocketAddr,
    pub(super) connection_id: Arc<str>,
}

impl Socket {
    /// The next text frame; others are answered with a sentence. `None` when the peer is gone.
    pub(super) async fn next_text(&mut self, shared: &Hub) -> Option<Utf8Bytes> {
        loop {
            match self.inner.next().await?.ok()? {
                Message::Text(text) => return Some(text),
                Message::Binary(_) => {
                    let error = plain_error(ProtocolErrorCode::NotText, "Frames are JSON text.");
                    self.protocol_error(shared, error).await.ok()?;
                }
                Message::Close(_) => return None,
                Message::Ping(_) | Message::Pong(_) => {}
            }
        }
    }

    pub(super) async fn protocol_error(&mut self, shared: &Hub, error: ProtocolError) -> Result<(), TooSlow> {
        shared.metrics.protocol_error(code_word(error.code));
        tracing::warn!(connection_id = %self.connection_id, code = ?error.code, reason = one_line(&error.message),
            "unusable frame");
        self.send(shared, GatewayFrame::ProtocolError(error).encode()).await
    }

    pub(super) async fn send(&mut self, shared: &Hub, frame: String) -> Result<(), TooSlow> {
        self.feed(shared, &frame).await?;
        self.flush(shared).await
    }

    async fn feed(&mut self, shared: &Hub, frame: &str) -> Result<(), TooSlow> {
        let write = self.inner.feed(Message::Text(frame.into()));
        in_time(shared, write).await
    }

    async fn flush(&mut self, shared: &Hub) -> Result<(), TooSlow> {
        let flush = self.inner.flush();
        in_time(shared, flush).await
    }

    pub(super) async fn close(&mut self, shared: &Hub, code: CloseCode) {
        let frame = CloseFrame { code: code.code(), reason: code.sentence().into() };
        // The peer may be gone; then there is nobody to tell.
        let close = self.inner.send(Message::Close(Some(frame)));
        let _ = in_time(shared, close).await;
    }
}

async fn in_time(shared: &Hub, write: impl Future<Output = Result<(), axum::Error>>) -> Result<(), TooSlow> {
    match tokio::time::timeout(shared.config.write_timeout, write).await {
        Ok(Ok(())) => Ok(()),
        Ok(Err(_)) | Err(_) => Err(TooSlow),
    }
}

fn code_word(code: ProtocolErrorCode) -> &'static str {
    match code {
        ProtocolErrorCode::NotText => "not_text",
        ProtocolErrorCode::NotJson => "not_json",
        ProtocolErrorCode::WrongVersion => "wrong_version",
        ProtocolErrorCode::UnknownType => "unknown_type",
        ProtocolErrorCode::WrongField => "wrong_field",
        ProtocolErrorCode::TooLarge => "too_large",
        ProtocolErrorCode::WrongOrder => "wrong_order",
        ProtocolErrorCode::EventGap => "event_gap",
        ProtocolErrorCode::UnknownRequest => "unknown_request",
        ProtocolErrorCode::Unknown => "unknown",
    }
}
