//! The answer to `/healthz`, from a thread that shares nothing with the workers.

use crate::watchdog::Pulse;
use std::io;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// `question` bytes of it are there. They are taken: a socket that is closed over unread bytes breaks its answer off.
pub(super) async fn answer(mut tcp: TcpStream, question: usize, pulse: &Pulse) -> io::Result<()> {
    tcp.read_exact(&mut vec![0; question]).await?;
    let (status, text) = match pulse.stands_still_for() {
        None => ("200 OK", "ok\n".to_owned()),
        Some(still) => {
            ("503 Service Unavailable", format!("the workers have been stuck for {} s\n", still.as_secs()))
        }
    };
    let length = text.len();
    let head = format!(
        "HTTP/1.1 {status}\r\ncontent-type: text/plain; charset=utf-8\r\ncontent-length: {length}\r\n\
         cache-control: no-store\r\nconnection: close\r\n\r\n"
    );
    tcp.write_all(format!("{head}{text}").as_bytes()).await?;
    tcp.shutdown().await
}
