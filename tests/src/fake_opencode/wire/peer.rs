//! One connection of the double.

use bridge_protocol::{
    CloseCode, Command, GatewayFrame, Hello, PluginFrame, Reply, ReplyResult, Request, Welcome,
};
use futures_util::{SinkExt, StreamExt};
use std::net::SocketAddr;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::{self, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};

/// Longest wait for anything the gateway owes the double.
const PATIENCE: Duration = Duration::from_secs(10);

pub struct Peer {
    socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
}

/// What came over the link.
#[derive(Debug)]
pub enum Received {
    Frame(Box<GatewayFrame>),
    /// Closed by the gateway, with its code.
    Closed(u16),
    /// The connection broke.
    Gone,
}

#[derive(Debug, thiserror::Error)]
pub enum PeerError {
    #[error("the gateway refused the connection with status {0}")]
    Status(u16),
    #[error("the connection failed")]
    Socket(#[source] Box<tungstenite::Error>),
    #[error("waited {PATIENCE:?} for {0}")]
    Patience(&'static str),
    #[error("wanted a welcome, got {0}")]
    NotWelcome(String),
}

impl Peer {
    /// Opens the WebSocket without saying anything.
    pub async fn open(gateway: SocketAddr, token: Option<&str>) -> Result<Self, PeerError> {
        let url = format!("ws://{gateway}{}", bridge_protocol::BRIDGE_PATH);
        let mut request = url.into_client_request().map_err(socket_error)?;
        if let Some(token) = token {
            let value = format!("Bearer {token}").parse().map_err(|_| PeerError::Status(400))?;
            request.headers_mut().insert("authorization", value);
        }
        match tokio_tungstenite::connect_async_with_config(request, None, true).await {
            Ok((socket, _)) => Ok(Self { socket }),
            Err(tungstenite::Error::Http(response)) => Err(PeerError::Status(response.status().as_u16())),
            Err(error) => Err(socket_error(error)),
        }
    }

    /// Opens, says hello and reads the welcome.
    pub async fn connect(
        gateway: SocketAddr,
        token: Option<&str>,
        hello: Hello,
    ) -> Result<(Self, Welcome), PeerError> {
        let mut peer = Self::open(gateway, token).await?;
        peer.send(&PluginFrame::Hello(Box::new(hello))).await?;
        match peer.next().await? {
            Received::Frame(frame) => match *frame {
                GatewayFrame::Welcome(welcome) => Ok((peer, welcome)),
                other => Err(PeerError::NotWelcome(format!("{other:?}"))),
            },
            other => Err(PeerError::NotWelcome(format!("{other:?}"))),
        }
    }

    pub async fn send(&mut self, frame: &PluginFrame) -> Result<(), PeerError> {
        self.send_raw(Message::text(frame.encode())).await
    }

    /// Puts a frame, as it is written on the wire, into the socket's buffer; `flush` sends it.
    pub async fn feed(&mut self, frame: &str) -> Result<(), PeerError> {
        self.socket.feed(Message::text(frame)).await.map_err(socket_error)
    }

    pub async fn flush(&mut self) -> Result<(), PeerError> {
        self.socket.flush().await.map_err(socket_error)
    }

    /// Sends what no honest plugin would.
    pub async fn send_raw(&mut self, message: Message) -> Result<(), PeerError> {
        self.socket.send(message).await.map_err(socket_error)
    }

    /// The next frame, whatever it is.
    pub async fn next(&mut self) -> Result<Received, PeerError> {
        let next = tokio::time::timeout(PATIENCE, self.receive()).await;
        next.map_err(|_| PeerError::Patience("the next frame"))
    }

    /// As [`Peer::next`], without a time limit: for loops that are cancelled from outside.
    pub async fn receive(&mut self) -> Received {
        loop {
            match self.socket.next().await {
                Some(Ok(Message::Text(text))) => match GatewayFrame::decode(&text) {
                    Ok(frame) => return Received::Frame(Box::new(frame)),
                    Err(_) => return Received::Gone,
                },
                Some(Ok(Message::Close(frame))) => {
                    return Received::Closed(frame.map_or(CloseCode::GoingAway.code(), |f| f.code.into()));
                }
                Some(Ok(_)) => {}
                Some(Err(_)) | None => return Received::Gone,
            }
        }
    }

    /// The next frame that is no ping, pong or acknowledgement; pings are answered on the way.
    pub async fn next_of_interest(&mut self) -> Result<Received, PeerError> {
        loop {
            match self.next().await? {
                Received::Frame(frame) => match *frame {
                    GatewayFrame::Ping(beat) => self.send(&PluginFrame::Pong(beat)).await?,
                    GatewayFrame::Pong(_) | GatewayFrame::Ack(_) => {}
                    other => return Ok(Received::Frame(Box::new(other))),
                },
                other => return Ok(other),
            }
        }
    }

    /// The next command.
    pub async fn next_request(&mut self) -> Result<Request, PeerError> {
        match self.next_of_interest().await? {
            Received::Frame(frame) => match *frame {
                GatewayFrame::Request(request) => Ok(*request),
                other => Err(PeerError::NotWelcome(format!("{other:?}"))),
            },
            other => Err(PeerError::NotWelcome(format!("{other:?}"))),
        }
    }

    pub async fn reply(&mut self, request_id: &str, result: ReplyResult) -> Result<(), PeerError> {
        let reply = Reply { request_id: request_id.to_owned(), result };
        self.send(&PluginFrame::Reply(Box::new(reply))).await
    }

    /// Answers every command with `Done`, and pings with pongs, until the link ends.
    pub async fn answer_everything(mut self) -> Received {
        loop {
            let frame = match self.receive().await {
                Received::Frame(frame) => *frame,
                end => return end,
            };
            let sent = match frame {
                GatewayFrame::Request(request) => self.reply(&request.request_id, answer(&request)).await,
                GatewayFrame::Ping(beat) => self.send(&PluginFrame::Pong(beat)).await,
                _ => Ok(()),
            };
            if sent.is_err() {
                return Received::Gone;
            }
        }
    }
}

fn answer(request: &Request) -> ReplyResult {
    match request.command {
        Command::SessionMessages { .. } => ReplyResult::Messages { messages: vec![], more: false },
        Command::SessionList { .. } => ReplyResult::Sessions { sessions: vec![] },
        _ => ReplyResult::Done,
    }
}

fn socket_error(error: tungstenite::Error) -> PeerError {
    PeerError::Socket(Box::new(error))
}
