//! Stands for a Kubernetes service before two gateways: one address that leads to the one that works, as `/readyz` tells.
//! It looks far more often than a cluster does, and balances nothing.

use reqwest::Client;
use std::sync::Arc;
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::Duration;
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;

/// Between two looks at who works.
const LOOK_AGAIN: Duration = Duration::from_millis(20);

pub struct Service {
    pub port: u16,
    active: Arc<AtomicU16>,
    stop: CancellationToken,
}

impl Service {
    pub async fn before(backends: Vec<u16>) -> anyhow::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let (port, active) = (listener.local_addr()?.port(), Arc::new(AtomicU16::new(0)));
        let stop = CancellationToken::new();
        tokio::spawn(stop.clone().run_until_cancelled_owned(look(backends, Arc::clone(&active))));
        tokio::spawn(stop.clone().run_until_cancelled_owned(serve(listener, Arc::clone(&active))));
        Ok(Self { port, active, stop })
    }

    /// The port of the one that works; none while nobody does.
    pub fn active(&self) -> Option<u16> {
        Some(self.active.load(Ordering::Relaxed)).filter(|port| *port != 0)
    }

    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

async fn look(backends: Vec<u16>, active: Arc<AtomicU16>) {
    let http = Client::builder().timeout(Duration::from_secs(1)).build().unwrap_or_default();
    loop {
        let mut works = 0;
        for port in &backends {
            let answer = http.get(format!("http://127.0.0.1:{port}/readyz")).send().await;
            let Ok(answer) = answer else { continue };
            if answer.text().await.is_ok_and(|text| text == "ready\n") {
                works = *port;
            }
        }
        active.store(works, Ordering::Relaxed);
        tokio::time::sleep(LOOK_AGAIN).await;
    }
}

/// A connection stays with the backend that it began with, until one of the ends is gone.
async fn serve(listener: TcpListener, active: Arc<AtomicU16>) {
    loop {
        let Ok((mut near, _)) = listener.accept().await else { continue };
        let port = active.load(Ordering::Relaxed);
        tokio::spawn(async move {
            // Port 0 is nobody's, so the connection is refused, as by a service without endpoints.
            if let Ok(mut far) = TcpStream::connect(("127.0.0.1", port)).await {
                let _ = near.set_nodelay(true);
                let _ = far.set_nodelay(true);
                let _ = copy_bidirectional(&mut near, &mut far).await;
            }
        });
    }
}
