//! The question whether a message is meant to start a session, with the place where it would work.

use super::Drawing;
use super::blocks::{Look, button, rows, section};
use crate::slack::actions::{Act, Asked};
use crate::slack::formatting::{code, cut, esc, line};

/// Of the task in the question.
const TASK: usize = 200;

/// `only`: the project's name, if it has one, and the directory, where there is just one place.
pub fn start_this(asked: &Asked, task: &str, only: Option<(Option<&str>, &str)>) -> Drawing {
    let place = match only {
        Some((Some(project), directory)) => {
            format!("It will work on *{}* in {}.", esc(&cut(project, 100)), code(&cut(directory, 300)))
        }
        Some((None, directory)) => format!("It will work in {}.", code(&cut(directory, 300))),
        None => "This conversation isn't linked to a project: choose where to work.".to_owned(),
    };
    let told = format!("Start a coding session for this?\n> {}\n{place}", esc(&line(task, TASK)));
    let act = |form| Act::Begin { asked: asked.clone(), form };
    let mut buttons = vec![];
    if only.is_some() {
        buttons.push(button("Start session", &act(false), Look::Primary));
    }
    let look = if only.is_some() { Look::Plain } else { Look::Primary };
    buttons.push(button("Choose…", &act(true), look));
    let mut blocks = vec![section(&told)];
    blocks.extend(rows(buttons));
    Drawing::new("Start a coding session for this?", blocks)
}
