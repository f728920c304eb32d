//! The event that there are most of, read in one go. By the ordinary way its head is read first, and what is flattened and
//! tagged is then kept aside twice before it is an event: three times the work for each piece of text.

use crate::event::{Event, EventFrame};
use crate::limits::MAX_FRAME_BYTES;
use crate::model::{PartKind, Role};
use crate::{OLDEST_PROTOCOL_VERSION, PROTOCOL_VERSION};
use serde::Deserialize;
use std::borrow::Cow;

const NAME: &str = "message.part.streamed";

/// Where the plugin has written the name by then. Frames that have it elsewhere are read the ordinary way.
const BEGINNING: usize = 256;

#[derive(Deserialize)]
struct Streamed<'a> {
    v: u16,
    #[serde(rename = "type", borrow)]
    name: Cow<'a, str>,
    seq: u64,
    session_id: String,
    at: i64,
    #[serde(default)]
    traceparent: Option<String>,
    message_id: String,
    part_id: String,
    role: Role,
    kind: PartKind,
    offset: u64,
    content: String,
    /// What frames may say besides; wrong here, it is wrong.
    #[serde(default, borrow, rename = "request_id")]
    _request_id: Option<Cow<'a, str>>,
}

/// None for any other frame, and for one that is wrong: whatever is said of it, the ordinary way says.
pub(crate) fn read(text: &str) -> Option<EventFrame> {
    let beginning = text.as_bytes().get(..BEGINNING).unwrap_or(text.as_bytes());
    let is_named = beginning.windows(NAME.len()).any(|window| window == NAME.as_bytes());
    if !is_named || text.len() > MAX_FRAME_BYTES {
        return None;
    }
    let streamed: Streamed<'_> = serde_json::from_str(text).ok()?;
    let is_spoken = (OLDEST_PROTOCOL_VERSION..=PROTOCOL_VERSION).contains(&streamed.v);
    (streamed.name == NAME && is_spoken).then(|| streamed.event())
}

impl Streamed<'_> {
    fn event(self) -> EventFrame {
        let Self {
            seq, session_id, at, traceparent, message_id, part_id, role, kind, offset, content, ..
        } = self;
        let event = Event::PartStreamed { message_id, part_id, role, kind, offset, content };
        EventFrame { seq, session_id, at, traceparent, event }
    }
}

#[cfg(test)]
mod tests {
    use super::read;
    use crate::PluginFrame;
    use proptest::prelude::*;

    const FRAME: &str = r#"{"v":1,"seq":7,"session_id":"ses_12345678","at":5,"traceparent":null,"type":"message.part.streamed",
        "message_id":"msg_1","part_id":"prt_1","role":"assistant","kind":"text","offset":12,"content":"A \"word\" \u00e4"}"#;

    #[test]
    fn a_streamed_piece_is_read_in_one_go_and_anything_else_is_not() {
        // REQ-BRIDGE-03
        assert!(read(FRAME).is_some());
        for (from, to) in [
            (".streamed", ".completed"),
            ("\"v\":1", "\"v\":9"),
            ("\"offset\":12", "\"offset\":-1"),
            ("\"at\":5", "\"at\":5,\"request_id\":5"),
        ] {
            assert!(read(&FRAME.replace(from, to)).is_none(), "{to}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(20_000))]

        #[test]
        fn what_is_read_in_one_go_is_what_the_ordinary_way_reads(
            at in 0..FRAME.len(), cut in 0usize..12, put in "[\\PC\\x00]{0,4}|\"seq\":9,|null|,\"role\":1",
        ) {
            // REQ-BRIDGE-03
            let (start, end) = (at, (at + cut).min(FRAME.len()));
            let damaged = format!("{}{put}{}", &FRAME[..start], &FRAME[end..]);
            if let Some(event) = read(&damaged) {
                prop_assert_eq!(PluginFrame::decode_by_head(&damaged), Ok(PluginFrame::Event(Box::new(event))));
            }
        }
    }
}
