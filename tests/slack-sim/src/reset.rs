//! A listener whose connections can be reset from inside, since a broken connection is a fault like any other.

use axum::extract::connect_info::Connected;
use axum::serve::{IncomingStream, Listener};
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// The other end of a connection, for whoever wants to cut it.
#[derive(Clone)]
pub(super) struct Line {
    cut: Arc<AtomicBool>,
    wake: watch::Sender<()>,
}

impl Line {
    /// The connection ends with a reset, whatever was about to be written.
    pub(super) fn cut(&self) {
        self.cut.store(true, Ordering::SeqCst);
        self.wake.send_replace(());
    }
}

pub(super) struct CuttableListener(pub(super) TcpListener);

pub(super) struct Cuttable {
    stream: TcpStream,
    line: Line,
    woken: Pin<Box<dyn Future<Output = ()> + Send>>,
}

impl Cuttable {
    fn new(stream: TcpStream) -> Self {
        let line = Line { cut: Arc::default(), wake: watch::Sender::new(()) };
        let mut wake = line.wake.subscribe();
        let woken = Box::pin(async move {
            let _ = wake.changed().await;
        });
        Self { stream, line, woken }
    }

    /// Fails once the line is cut, and makes the kernel send a reset.
    fn whole(&mut self, context: &mut Context<'_>) -> io::Result<()> {
        if !self.line.cut.load(Ordering::SeqCst) && self.woken.as_mut().poll(context).is_pending() {
            return Ok(());
        }
        let _ = self.stream.set_zero_linger();
        Err(io::ErrorKind::ConnectionReset.into())
    }
}

impl Listener for CuttableListener {
    type Io = Cuttable;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        let (stream, address) = Listener::accept(&mut self.0).await;
        let _ = stream.set_nodelay(true);
        (Cuttable::new(stream), address)
    }

    fn local_addr(&self) -> io::Result<Self::Addr> {
        self.0.local_addr()
    }
}

impl Connected<IncomingStream<'_, CuttableListener>> for Line {
    fn connect_info(stream: IncomingStream<'_, CuttableListener>) -> Self {
        stream.io().line.clone()
    }
}

impl AsyncRead for Cuttable {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.whole(cx)?;
        Pin::new(&mut self.stream).poll_read(cx, buf)
    }
}

impl AsyncWrite for Cuttable {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        self.whole(cx)?;
        Pin::new(&mut self.stream).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
