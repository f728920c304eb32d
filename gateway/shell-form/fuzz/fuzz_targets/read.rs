//! Whatever is given as a command is read or refused, and what is rendered of it is read the same.
//! Run with `cargo +nightly fuzz run read` in `gateway/shell-form/`.
#![no_main]

use libfuzzer_sys::fuzz_target;
use shell_form::{harmless, read};

fuzz_target!(|command: &str| {
    let form = read(command);
    assert!(form.opaque.is_empty() || harmless(&form).is_err());
    if let Some(rendered) = form.rendered() {
        assert_eq!(read(rendered).steps, form.steps, "{rendered}");
    }
});
