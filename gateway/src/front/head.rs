//! Looks at what a connection wants without taking a byte of it away from whoever will answer.

use std::io;
use std::time::Duration;
use tokio::net::TcpStream;

/// Whatever is longer than this is for the workers to refuse.
const LONGEST: usize = 4 * 1024;

/// The first pause before it is looked again whether the rest of a head is there; each is longer than the one before.
const FIRST_PAUSE: Duration = Duration::from_millis(2);
const LONGEST_PAUSE: Duration = Duration::from_millis(250);

#[derive(Debug, PartialEq, Eq)]
pub(super) enum RequestHead {
    /// Whether the gateway lives. The question has so many bytes.
    Health { bytes: usize },
    /// Something for the workers.
    More,
    /// It was closed before it said anything whole.
    Nothing,
}

/// Waits until the head of the first request is there, or something that is none.
pub(super) async fn wanted(tcp: &TcpStream) -> io::Result<RequestHead> {
    tcp.readable().await?;
    let (mut seen, mut known, mut pause) = (vec![0; LONGEST], 0, FIRST_PAUSE);
    loop {
        let there = tcp.peek(&mut seen).await?;
        if there == 0 {
            return Ok(RequestHead::Nothing);
        }
        if let Some(wanted) = judge(seen.get(..there).unwrap_or_default()) {
            return Ok(wanted);
        }
        pause = if there > known { FIRST_PAUSE } else { (pause * 2).min(LONGEST_PAUSE) };
        known = there;
        // A half that is there makes the socket readable for ever: time is what has to pass.
        tokio::time::sleep(pause).await;
    }
}

/// `None`: the rest is not there yet.
fn judge(seen: &[u8]) -> Option<RequestHead> {
    let is_a_method = seen.first().is_some_and(u8::is_ascii_uppercase);
    let end = end_of_head(seen);
    match end {
        Some(bytes) if asks_for_health(seen) => Some(RequestHead::Health { bytes }),
        Some(_) => Some(RequestHead::More),
        None if !is_a_method || seen.len() >= LONGEST => Some(RequestHead::More),
        None => None,
    }
}

fn asks_for_health(head: &[u8]) -> bool {
    let rest = head.strip_prefix(b"GET ").or_else(|| head.strip_prefix(b"HEAD "));
    rest.is_some_and(|rest| rest.starts_with(b"/healthz ") || rest.starts_with(b"/healthz?"))
}

fn end_of_head(seen: &[u8]) -> Option<usize> {
    let ends = [&b"\n\r\n"[..], b"\n\n"];
    ends.iter()
        .filter_map(|end| Some(seen.windows(end.len()).position(|part| part == *end)? + end.len()))
        .min()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_known_by_its_head() {
        // REQ-HARD-02
        let health = b"GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n";
        assert_eq!(judge(health), Some(RequestHead::Health { bytes: health.len() }));
        assert_eq!(judge(b"HEAD /healthz HTTP/1.0\n\nrest"), Some(RequestHead::Health { bytes: 24 }));
        for more in [
            &b"GET /healthzz HTTP/1.1\r\n\r\n"[..],
            b"POST /healthz HTTP/1.1\r\n\r\n",
            b"GET / HTTP/1.1\r\n\r\n",
            b"\x16\x03\x01",
            b"\r\n",
            &[b'A'; LONGEST],
        ] {
            assert_eq!(judge(more), Some(RequestHead::More), "{more:?}");
        }
        for half in [&b"G"[..], b"GET /healthz HTTP/1.1\r\n", b"GET / HTTP/1.1\r\nhost: x\r\n"] {
            assert_eq!(judge(half), None, "{half:?}");
        }
    }
}
