//! Rego engines, made once per pack and copied for each question. Bounded in time and in depth. regorus can bound memory only
//! with an allocator of its own, so what rules build up in that time is not bounded, except that those functions are refused
//! which build much in a single step.

use crate::built_in::{LIB, OWN, RULES};
use crate::rego_error::RegoError;
use crate::{PackFault, globs, recursion};
use regorus::utils::limits::ExecutionTimerConfig;
use regorus::{Engine, Value};
use std::num::NonZeroU32;
use std::time::Duration;

/// Steps between two looks at the clock.
const STEPS: NonZeroU32 = NonZeroU32::MIN.saturating_add(255);

/// Much more than the deepest pack needs; memory that isn't used isn't taken.
const STACK: usize = 512 * 1024 * 1024;

/// One step of these can take all memory or all time, or answers otherwise each time.
const REFUSED: [&str; 5] = ["numbers.range", "bits.lsh", "rand.", "test.sleep", "time.now"];

const ANSWER: &str = "data.delivery.answer";

/// A file of rules.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Rules {
    pub(crate) file: String,
    pub(crate) text: String,
}

/// The built-in rules, alone: nothing that a project writes can change what they find.
pub(crate) fn built_in(data: &serde_json::Value, limit: Duration) -> Result<Engine, PackFault> {
    alone(data, RULES.1, limit)
}

pub(crate) fn alone(data: &serde_json::Value, rules: &str, limit: Duration) -> Result<Engine, PackFault> {
    let mut engine = empty(data, limit)?;
    add(&mut engine, LIB.0, LIB.1)?;
    add(&mut engine, RULES.0, rules)?;
    compiled(engine)
}

/// A project's own, apart from the built-in ones.
pub(crate) fn own(data: &serde_json::Value, rules: &[Rules], limit: Duration) -> Result<Engine, PackFault> {
    let mut engine = empty(data, limit)?;
    add(&mut engine, LIB.0, LIB.1)?;
    add(&mut engine, OWN.0, OWN.1)?;
    for rules in rules {
        refused(rules)?;
        let package = add(&mut engine, &rules.file, &rules.text)?;
        if package == "data.delivery.lib" || package.starts_with("data.delivery.lib.") {
            return Err(PackFault::of(&rules.file, "The package delivery.lib belongs to the gateway."));
        }
    }
    compiled(engine)
}

fn refused(rules: &Rules) -> Result<(), PackFault> {
    let lines = (1..).zip(rules.text.lines());
    let mut all = lines.flat_map(|(number, line)| REFUSED.map(|name| (number, line, name)));
    match all.find(|(_, line, name)| line.contains(name)) {
        Some((number, _, name)) => {
            let name = name.trim_end_matches('.');
            Err(PackFault::at(
                &rules.file,
                Some(number),
                format!("The function {name} can't be used in a pack."),
            ))
        }
        None => Ok(()),
    }
}

fn empty(data: &serde_json::Value, limit: Duration) -> Result<Engine, PackFault> {
    let mut engine = Engine::new();
    globs::teach(&mut engine).map_err(|says| PackFault::of("rules", says))?;
    engine.set_strict_builtin_errors(true);
    engine.set_gather_prints(true);
    engine.set_execution_timer_config(ExecutionTimerConfig { limit, check_interval: STEPS });
    engine.add_data(Value::from(data.clone())).map_err(|error| fault("data.yaml", &error))?;
    Ok(engine)
}

pub(crate) fn add(engine: &mut Engine, file: &str, text: &str) -> Result<String, PackFault> {
    engine.add_policy(file.to_owned(), text.to_owned()).map_err(|error| fault(file, &error))
}

/// The first question compiles. This one takes no time, and has an answer whatever the input.
pub(crate) fn compiled(mut engine: Engine) -> Result<Engine, PackFault> {
    recursion::check(&mut engine)?;
    engine.set_input(Value::new_object());
    engine.eval_rule("data.delivery.lib.planned".to_owned()).map_err(|error| fault("rules", &error))?;
    Ok(engine)
}

fn fault(file: &str, error: &impl std::fmt::Display) -> PackFault {
    let error = RegoError::of(error);
    PackFault::at(error.file.as_deref().unwrap_or(file), error.line, error.says)
}

/// What the rules answer to this input, as JSON.
pub(crate) fn ask(engine: &mut Engine, input: &serde_json::Value) -> Result<String, String> {
    engine.set_input(Value::from(input.clone()));
    let answer = engine.eval_rule(ANSWER.to_owned()).map_err(|error| RegoError::of(&error).in_one_line())?;
    if answer == Value::Undefined {
        return Err("The rules gave no answer.".to_owned());
    }
    answer.to_json_str().map_err(|error| RegoError::of(&error).in_one_line())
}

/// On a thread with room for deep rules. A panic of the engine is an error like any other.
pub(crate) fn deep<T: Send>(work: impl FnOnce() -> T + Send) -> Result<T, String> {
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().name("rules".to_owned()).stack_size(STACK);
        let thread = thread
            .spawn_scoped(scope, work)
            .map_err(|error| format!("The rules can't be given a thread: {error}."))?;
        thread.join().map_err(|_| "The rule engine crashed.".to_owned())
    })
}
