//! The reference: a bare tokio-tungstenite server that sends back what it gets, and its client.

use anyhow::{Context, bail};
use futures_util::{SinkExt, StreamExt};
use std::net::SocketAddr;
use std::time::Instant;
use tokio::net::{TcpListener, TcpStream};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};

/// The argument that makes this program the echo server.
pub(crate) const SERVE: &str = "--echo-server";

pub(crate) type Client = WebSocketStream<MaybeTlsStream<TcpStream>>;

pub(crate) async fn start() -> anyhow::Result<SocketAddr> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    tokio::spawn(serve(listener));
    Ok(address)
}

pub(crate) async fn serve_for_ever() -> anyhow::Result<()> {
    let port = std::env::args().next_back().context("no port")?;
    serve(TcpListener::bind(format!("127.0.0.1:{port}")).await?).await;
    Ok(())
}

async fn serve(listener: TcpListener) {
    while let Ok((tcp, _)) = listener.accept().await {
        tokio::spawn(echo(tcp));
    }
}

async fn echo(tcp: TcpStream) -> anyhow::Result<()> {
    tcp.set_nodelay(true)?;
    let mut socket = tokio_tungstenite::accept_async(tcp).await?;
    while let Some(message) = socket.next().await {
        match message? {
            Message::Close(_) => break,
            message => socket.send(message).await?,
        }
    }
    Ok(())
}

pub(crate) async fn connect(address: SocketAddr) -> anyhow::Result<Client> {
    let url = format!("ws://{address}/");
    let (client, _) = tokio_tungstenite::connect_async_with_config(url, None, true).await?;
    Ok(client)
}

/// Sends `count` frames with `window` of them under way; returns each one's time in microseconds, and the
/// seconds of the whole.
pub(crate) async fn pump(
    client: &mut Client,
    frame: &str,
    count: usize,
    window: usize,
) -> anyhow::Result<(Vec<f64>, f64)> {
    let began = Instant::now();
    let (mut sent, mut times) = (Vec::with_capacity(count), Vec::with_capacity(count));
    while times.len() < count {
        while sent.len() < count && sent.len() - times.len() < window {
            sent.push(Instant::now());
            client.feed(Message::text(frame)).await?;
        }
        client.flush().await?;
        if client.next().await.transpose()?.is_none() {
            bail!("the echo server left");
        }
        times.push(sent[times.len()].elapsed().as_secs_f64() * 1e6);
    }
    Ok((times, began.elapsed().as_secs_f64()))
}
