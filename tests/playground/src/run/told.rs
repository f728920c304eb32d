//! What a person is told once everything runs.

use super::Playground;
use std::io::Write;
use std::path::{Path, PathBuf};

/// The address comes last: that is where eyes are.
pub async fn tell(playground: &Playground) -> anyhow::Result<()> {
    let (link, program) = (playground.link().await?, program()?);
    Ok(writeln!(std::io::stdout().lock(), "{}", text(playground, &quoted(&program), &link))?)
}

fn text(playground: &Playground, program: &str, link: &str) -> String {
    let Playground { gateway, directory, web_ui, slack, own, guard, .. } = playground;
    let model = match own {
        true => "It uses your own model provider.",
        false => {
            "No model key found, so a scripted demo model is used. Choose “Try the demo” on the page, or use the task `scenario: demo`."
        }
    };
    let slack =
        slack.as_ref().map_or_else(String::new, |slack| format!("Simulated Slack: {}\n", slack.url()));
    // Whoever set a token has it in their environment.
    let token = gateway.api_token.is_none().then(|| gateway.own_token_file());
    let settings = settings(&gateway.url(), &gateway.state(), token.as_deref());
    let guard = guard.told(directory);
    format!(
        "\n{model}\n{guard}\nOpenCode's web UI (through the gateway): {web_ui}\n{slack}\n\
         Or from the terminal:\n\n\
         {settings}\n\
         {program} sessions create --directory {directory} --title Demo --prompt 'scenario: demo'\n\
         {program} sessions watch SESSION\n\
         {program} asks list\n\
         {program} asks answer ASK once\n\
         {program} link    # prints a link that signs in another browser\n\n\
         Press Ctrl-C to stop.\n\n  \
         Open {link}\n",
        directory = quoted(directory),
    )
}

/// What the command line needs, for a shell: also for the commands that read the state and not the API.
fn settings(url: &str, state: &Path, token: Option<&Path>) -> String {
    let token = token.map(|file| format!(" GATEWAY_API_TOKEN_FILE={}", quoted(file))).unwrap_or_default();
    format!("export GATEWAY_URL={url} GATEWAY_STATE={}{token}", quoted(state))
}

/// The gateway's own command line, as it is called from where `make run` is.
fn program() -> anyhow::Result<PathBuf> {
    let (program, here) = (crate::gateway::binary()?, std::env::current_dir()?);
    Ok(program.strip_prefix(here).map(Path::to_owned).unwrap_or(program))
}

/// As a shell takes it for one word.
fn quoted(path: &Path) -> String {
    let text = path.display().to_string();
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '/' | '.' | '-' | '_');
    if text.chars().all(plain) { text } else { format!("'{}'", text.replace('\'', r"'\''")) }
}

#[cfg(test)]
mod tests {
    use super::{quoted, settings};
    use std::path::Path;
    use std::process::Command;

    #[test]
    fn the_settings_are_enough_for_every_command() {
        // `state verify` and `audit verify` said that there is no state
        let told =
            settings("http://127.0.0.1:8000", Path::new("/tmp/a b/state"), Some(Path::new("/tmp/token")));
        let whole = "export GATEWAY_URL=http://127.0.0.1:8000 GATEWAY_STATE='/tmp/a b/state' GATEWAY_API_TOKEN_FILE=/tmp/token";
        assert_eq!(told, whole);
    }

    #[test]
    fn a_path_with_blanks_is_one_word_for_a_shell() {
        assert_eq!(quoted(Path::new("/work/shop-1")), "/work/shop-1");
        for path in ["/work/Mein Projekt", "/work/it's $HOME;`x`", "/ü/*"] {
            let said =
                Command::new("sh").args(["-c", &format!("printf %s {}", quoted(Path::new(path)))]).output();
            assert_eq!(String::from_utf8(said.unwrap().stdout).unwrap(), path);
        }
    }
}
