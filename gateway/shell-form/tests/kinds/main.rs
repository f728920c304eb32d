//! Every kind of command that the gate's design names: what is read of it, or why nobody can know.

mod known;
mod opaque;

use shell_form::read;

#[test]
fn what_runs_is_listed_with_its_words() {
    // REQ-GATE-06
    let mut wrong = vec![];
    for (command, expected) in known::KNOWN {
        let form = read(command);
        if form.shown() != *expected || !form.opaque.is_empty() {
            wrong.push(format!("{command}\n  {:?}\n  {:?}", form.shown(), form.opaque));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn what_nobody_can_know_is_said_with_the_reason() {
    // REQ-GATE-06
    let mut wrong = vec![];
    for (command, expected) in opaque::OPAQUE {
        let form = read(command);
        if !form.opaque.iter().any(|why| why.kind == *expected) {
            wrong.push(format!("{command}: {expected:?}\n  {:?}\n  {:?}", form.shown(), form.opaque));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(known::KNOWN.len() + opaque::OPAQUE.len() >= 162);
}

#[test]
fn only_a_program_with_fixed_words_is_rendered() {
    // REQ-GATE-06
    let table = [
        ("git   commit -m \"a 'b' c\"", Some(r"git commit -m 'a '\''b'\'' c'")),
        (r"\time ls", Some("'time' ls")),
        (r"a\=b c", Some("'a=b' c")),
        ("echo $'a\\nb\\'c' ''", Some(r"echo $'a\nb\'c' ''")),
        ("p\\\na x", Some("pa x")),
        ("sh -c 'a; b'", Some("sh -c 'a; b'")),
        ("ls *", None),
        ("ls; ls", None),
        ("ls &", None),
        ("ls > x", None),
        ("A=1 ls", None),
        ("! ls", None),
        ("time ls", None),
        ("(ls)", None),
        ("", None),
    ];
    for (command, expected) in table {
        assert_eq!(read(command).rendered(), expected, "{command}");
    }
}

#[test]
fn a_form_is_the_same_each_time_and_survives_being_written_down() {
    // REQ-GATE-06
    for (command, _) in known::KNOWN {
        let form = read(command);
        let written = serde_json::to_string(&form).unwrap();
        assert_eq!(serde_json::from_str::<shell_form::Form>(&written).unwrap(), form);
        assert_eq!(serde_json::to_string(&read(command)).unwrap(), written);
    }
}
