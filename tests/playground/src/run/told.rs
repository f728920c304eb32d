//! What a person is told once everything runs.

use super::Playground;
use std::io::Write;
use std::path::{Path, PathBuf};

pub fn tell(playground: &Playground) -> anyhow::Result<()> {
    let Playground { gateway, directory, web_ui, slack, own, .. } = playground;
    let model = match own {
        true => "It uses your own model provider.",
        false => {
            "There is no model key here: a scripted model plays a demo. Write `scenario: demo` as the task."
        }
    };
    let slack = slack.as_ref().map_or_else(String::new, |slack| {
        format!("A simulated Slack with the app in it is at {}.\n", slack.url())
    });
    let program = program()?;
    writeln!(
        std::io::stdout().lock(),
        "\n  Open {url}\n\n{model}\nOpenCode's own web UI is at {web_ui}, through the gateway.\n{slack}\n\
         The same from a terminal:\n\n\
         export GATEWAY_URL={url}\n\
         {program} sessions create --directory {directory} --title Demo --prompt 'scenario: demo'\n\
         {program} sessions watch SESSION\n\
         {program} asks list\n\
         {program} asks answer ASK once\n\n\
         Ctrl-C stops everything.\n",
        url = gateway.url(),
        directory = directory.display(),
        program = program.display(),
    )?;
    Ok(())
}

/// The gateway's own command line, as it is called from where `make run` is.
fn program() -> anyhow::Result<PathBuf> {
    let (program, here) = (crate::gateway::binary()?, std::env::current_dir()?);
    Ok(program.strip_prefix(here).map(Path::to_owned).unwrap_or(program))
}
