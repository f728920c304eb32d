//! Whatever comes over the wire is read or refused; what was read is written back the same.
//! Run with `cargo +nightly fuzz run decode golden` in `bridge-protocol/` (the golden frames are the corpus).
#![no_main]

use bridge_protocol::{GatewayFrame, PluginFrame};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    if let Ok(frame) = PluginFrame::decode(text) {
        assert_eq!(PluginFrame::decode(&frame.encode()).as_ref(), Ok(&frame));
    }
    if let Ok(frame) = GatewayFrame::decode(text) {
        assert_eq!(GatewayFrame::decode(&frame.encode()).as_ref(), Ok(&frame));
    }
});
