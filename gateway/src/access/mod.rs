//! Access to the API, and in whose name: a program with the token, a person who signed in, a proxy that is trusted.
//! Nobody else, on loopback neither: the agents' own commands run there. Never another web site's page.

mod browser_name;
mod cookie;
mod device_flow;
mod device_offer;
mod device_table;
mod flow_cookie;
mod github;
mod invitation;
mod keep_up;
mod metrics;
mod oidc;
mod origin;
mod own_sign_ins;
mod provider_http;
mod proxy;
mod refused_sign_ins;
mod sign_in;
mod sign_in_entry;
mod sign_in_file;
mod sign_in_log;
pub(crate) mod sign_in_pages;
mod sign_in_table;
mod sign_in_words;
mod signed_names;
mod there_and_back;
mod ticket;
pub(crate) mod visit;
mod while_signed_in;

pub use crate::token::Token as ApiToken;
pub(crate) use cookie::COOKIE_NAME as COOKIE;
pub(crate) use device_flow::{ask_device, begin_device};
pub(crate) use github::{
    BEGIN as GITHUB_BEGIN, CALLBACK as GITHUB_CALLBACK, begin as github_begin, callback as github_callback,
    look_up as github_look_up,
};
pub use github::{GithubSettings, LetsIn};
pub(crate) use invitation::{enter, invite};
pub use metrics::AccessMetrics;
pub use oidc::OidcSettings;
pub(crate) use oidc::{BACK_CHANNEL, BEGIN, CALLBACK, back_channel, begin, callback, look_up};
pub(crate) use own_sign_ins::{end_own_sign_in, own_sign_ins};
pub use proxy::{SignedHeader, TrustedProxy};
pub(crate) use sign_in::{WithCookie, offers, sign_in, sign_out};
pub use sign_in_log::SignInLog;
pub(crate) use sign_in_table::CurrentSignIn;
pub(crate) use while_signed_in::{end_of, while_signed_in};

use crate::clock::Clock;
use crate::problem::Problem;
use crate::token::{self, Attempts, WrongTokenReply, bearer};
use axum::extract::{ConnectInfo, Request, State};
use axum::http::{HeaderMap, HeaderName, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use device_table::DeviceTable;
use gateway_domain::{Person, Proven};
use github::Github;
use jiff::Timestamp;
use oidc::Oidc;
use origin::{from_no_foreign_page, names_loopback};
use refused_sign_ins::{RefusedAttempt, RefusedSignIns};
use sign_in_entry::{Carrier, Way, mark_of};
use sign_in_file::StillValid;
use sign_in_log::{NotOnRecord, SignInBook};
use sign_in_table::{NewSignIn, SignIns, prepared};
use sign_in_words::{Arrival, Door, ended, signed_in};
use signed_names::SignedNames;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use ticket::{Bearer, Tickets};

/// Who a program acts for, as it says itself. Whoever holds the API's token is trusted.
pub(crate) const PERSON: &str = "x-gateway-person";

/// Who a program is that names nobody.
pub(crate) const OPERATOR: &str = "api:operator";

/// Characters of a name.
const LONGEST_NAME: usize = 64;

/// How often it is looked which sign-ins are over, and which are to be asked about.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// How long questions to the provider that are under way may take when the gateway stops.
const TO_FINISH: Duration = Duration::from_secs(3);

#[derive(Clone, Debug, Default)]
pub struct Config {
    /// Wanted as `Authorization: Bearer …` from everybody.
    pub token: Option<ApiToken>,
    /// A proxy in front that names the person.
    pub proxy: Option<TrustedProxy>,
    /// A provider that proves who people are.
    pub oidc: Option<OidcSettings>,
    /// GitHub, which does so in a way of its own.
    pub github: Option<GithubSettings>,
    /// The token is for programs: nobody is a person because of it.
    pub token_for_programs_only: bool,
    /// The gateway made the token for itself: it is there for this machine only, under no other name.
    pub own_token: bool,
    /// Where it is kept who is signed in.
    pub sign_ins: Option<PathBuf>,
}

impl Config {
    /// As it was set.
    pub fn with(token: Option<ApiToken>, proxy: Option<TrustedProxy>) -> Self {
        Self { token, proxy, ..Self::default() }
    }

    /// Where nobody set a token, and no proxy signs people in, the gateway makes one for itself.
    pub fn made_ready(mut self, state: &Path) -> io::Result<Self> {
        if self.token.is_none() && self.proxy.is_none() {
            self.token = Some(token::read_or_make(state)?);
            self.own_token = true;
        }
        token::make_private(&token::private_folder(state))?;
        self.sign_ins = Some(token::private_folder(state).join("sign-ins.json"));
        Ok(self)
    }

    /// What a sign-in from before must fit.
    fn still_valid(&self) -> StillValid {
        let provider = self.oidc.as_ref().map(|oidc| (oidc.issuer.clone(), oidc.client_id.clone()));
        let mark = self.token.as_ref().map(|token| mark_of(token.expose()));
        StillValid { mark, provider, github: self.github.clone() }
    }
}

/// The rules of access, and what they remember.
pub struct Access {
    token: Option<ApiToken>,
    proxy: Option<TrustedProxy>,
    signed_names: Option<SignedNames>,
    oidc: Option<Oidc>,
    github: Option<Github>,
    token_for_programs_only: bool,
    own_token: bool,
    tickets: Tickets,
    devices: DeviceTable,
    sign_ins: Arc<SignIns>,
    book: SignInBook,
    refused: RefusedSignIns,
    attempts: Attempts,
    metrics: AccessMetrics,
    clock: Arc<dyn Clock>,
}

/// A sign-in that holds from now on.
struct BegunSignIn {
    /// For the cookie, or for the command line.
    word: String,
    ends: Timestamp,
}

/// Whoever makes a request.
#[derive(Debug)]
pub(crate) struct Admitted {
    pub(crate) person: Person,
    /// How far it is proven that it is this person.
    pub(crate) proven: Proven,
    /// None for programs, and for people whom a proxy names.
    pub(crate) sign_in: Option<CurrentSignIn>,
}

impl Access {
    pub fn new(
        config: Config,
        log: Arc<dyn SignInLog>,
        metrics: AccessMetrics,
        clock: Arc<dyn Clock>,
    ) -> Self {
        let valid = config.still_valid();
        let Config { token, proxy, oidc, github, token_for_programs_only, own_token, sign_ins } = config;
        let (sign_ins, no_longer_hold) = SignIns::read(sign_ins, &valid, clock.now());
        let book = SignInBook::new(log);
        book.owe(ended(&no_longer_hold, "the gateway has other settings for signing in", clock.now()));
        let oidc = oidc.map(|settings| Oidc::new(settings, Arc::clone(&clock)));
        let github = github.map(Github::new);
        let signed = proxy.as_ref().and_then(|proxy| proxy.signed.clone());
        let signed_names = signed.map(|settings| SignedNames::new(settings, Arc::clone(&clock)));
        let (tickets, attempts) = (Tickets::default(), Attempts::default());
        Self {
            token,
            proxy,
            signed_names,
            oidc,
            github,
            token_for_programs_only,
            own_token,
            tickets,
            devices: DeviceTable::default(),
            sign_ins: Arc::new(sign_ins),
            book,
            refused: RefusedSignIns::default(),
            attempts,
            metrics,
            clock,
        }
    }

    /// Whoever makes a request, if they may make any.
    pub(crate) fn admit(&self, headers: &HeaderMap, from: Option<IpAddr>) -> Result<Admitted, Problem> {
        from_no_foreign_page(headers)?;
        if self.is_for_this_machine_only() && !names_loopback(headers) {
            let detail = "Without GATEWAY_API_TOKEN the gateway only answers to the name localhost. Set it to use \
                    another name.";
            return Err(Problem::new(StatusCode::FORBIDDEN, "Wrong host", detail));
        }
        self.person(headers, from)
    }

    /// Nobody set up a way in for others.
    pub(crate) fn is_for_this_machine_only(&self) -> bool {
        self.own_token && self.oidc.is_none() && self.github.is_none()
    }

    /// The header that a trusted proxy names people in; it is nobody else's business.
    pub(crate) fn proxy_header(&self) -> Option<&HeaderName> {
        self.proxy.as_ref().map(|proxy| &proxy.header)
    }

    /// A word with which a person who is signed in here is let in at another host's door, once. Programs bring their token
    /// there, a trusted proxy its header.
    pub(crate) fn hand_over(&self, admitted: &Admitted, host: &str) -> Option<String> {
        let from = admitted.sign_in.as_ref()?.id.clone();
        Some(self.tickets.issue(Bearer::From(from), host, self.clock.now()))
    }

    /// The cookie of the person who brings such a word to this host; none for a word that is worth nothing.
    pub(crate) async fn take_over(
        &self,
        ticket: &str,
        headers: &HeaderMap,
        from: Option<IpAddr>,
    ) -> Result<Option<String>, NotOnRecord> {
        let host = headers.get(header::HOST).and_then(|host| host.to_str().ok());
        let bearer = host.and_then(|host| self.tickets.redeem(ticket, host, self.clock.now()));
        let Some(bearer) = bearer else { return Ok(None) };
        self.let_in(bearer, headers, Arrival { door: Door::OpenCode, from }).await
    }

    /// The cookie of whom a ticket signs in. One that came from a sign-in ends with that.
    async fn let_in(
        &self,
        bearer: Bearer,
        headers: &HeaderMap,
        arrival: Arrival,
    ) -> Result<Option<String>, NotOnRecord> {
        let Some(new) = self.borne(bearer, headers) else { return Ok(None) };
        let word = self.begin(new, arrival).await?;
        Ok(word.map(|begun| cookie::issued(&begun.word, !names_loopback(headers))))
    }

    /// Signs somebody in: the log has it before it holds. There is none where the sign-in that this one
    /// comes from has ended meanwhile.
    async fn begin(&self, new: NewSignIn, arrival: Arrival) -> Result<Option<BegunSignIn>, NotOnRecord> {
        let now = self.clock.now();
        let (word, sign_in) = prepared(new, now);
        let Some(is_vouched_for) = self.sign_ins.is_vouched_for(&sign_in.way) else { return Ok(None) };
        self.book.first(signed_in(&sign_in, arrival, is_vouched_for)).await?;
        let (id, ends, now) = (sign_in.id.clone(), sign_in.ends, self.clock.now());
        let (is_in, made_room) = self.sign_ins.insert(sign_in, now);
        self.book.owe(ended(&made_room, "a newer one took its place", now));
        self.sign_ins.saved_if_possible().await;
        tracing::info!(sign_in = %id, is_in, "signed in");
        Ok(is_in.then_some(BegunSignIn { word, ends }))
    }

    fn borne(&self, bearer: Bearer, headers: &HeaderMap) -> Option<NewSignIn> {
        let browser = browser_name::browser_name(headers);
        match bearer {
            Bearer::From(from) => {
                let origin = self.sign_ins.get(&from)?;
                let (person, groups, until) = (origin.person, origin.groups, Some(origin.ends));
                Some(NewSignIn {
                    person,
                    groups,
                    way: Way::PassedOn { from },
                    carrier: Carrier::Cookie,
                    browser,
                    until,
                })
            }
            Bearer::Named(person) => {
                let way = Way::Token { mark: mark_of(self.token.as_ref()?.expose()) };
                Some(NewSignIn {
                    person,
                    groups: vec![],
                    way,
                    carrier: Carrier::Cookie,
                    browser,
                    until: None,
                })
            }
        }
    }

    fn person(&self, headers: &HeaderMap, from: Option<IpAddr>) -> Result<Admitted, Problem> {
        if let (Some(token), Some(presented)) = (&self.token, bearer(headers)) {
            if token.matches(presented) {
                let person = self.named_by_program(headers)?;
                return Ok(Admitted { person, proven: Proven::default(), sign_in: None });
            }
            if let Some(sign_in) = self.at_command_line(headers) {
                return Ok(self.admitted(sign_in));
            }
            // A program is told 401 either way, which is what every route's description promises.
            let too_often = self.refused_sign_in("api", from, None, WRONG_TOKEN);
            return Err(too_often.map_or_else(who_are_you, not_authorized));
        }
        if let Some(proxy) = &self.proxy
            && let Some(person) = proxy.person(headers, from, self.signed_names.as_ref())?
        {
            return Ok(Admitted { person, proven: proxy.proven(), sign_in: None });
        }
        let sign_in = self.at_command_line(headers).or_else(|| self.signed_in(headers));
        let sign_in = sign_in.ok_or_else(who_are_you)?;
        Ok(self.admitted(sign_in))
    }

    fn admitted(&self, sign_in: CurrentSignIn) -> Admitted {
        let proven = sign_in.proven(self.clock.now());
        Admitted { person: sign_in.person.clone(), proven, sign_in: Some(sign_in) }
    }

    /// The sign-in of a cookie that holds.
    fn signed_in(&self, headers: &HeaderMap) -> Option<CurrentSignIn> {
        let now = self.clock.now();
        cookie::words(headers).find_map(|word| self.sign_ins.check(word, Carrier::Cookie, now))
    }

    /// The sign-in of a command line, by the word that it presents as programs do their token.
    fn at_command_line(&self, headers: &HeaderMap) -> Option<CurrentSignIn> {
        self.sign_ins.check(bearer(headers)?, Carrier::Bearer, self.clock.now())
    }

    fn named_by_program(&self, headers: &HeaderMap) -> Result<Person, Problem> {
        let Some(name) = headers.get(PERSON) else {
            return Ok(Person { id: OPERATOR.to_owned(), name: "operator".to_owned() });
        };
        if self.token_for_programs_only {
            let detail = format!("{PERSON} is not taken: the token is for programs only (`sign_in.token`).");
            return Err(Problem::new(StatusCode::FORBIDDEN, "No person by token", detail));
        }
        let name = name.to_str().ok().and_then(plain_name);
        let name = name.ok_or_else(|| {
            Problem::bad_request(format!("{PERSON} must be a plain name of up to 64 characters."))
        })?;
        Ok(Person { id: format!("api:{name}"), name: name.to_owned() })
    }

    /// Counts it, and says so in both logs, though not each of thousands. A sentence only when there were too many; which
    /// status goes with it is the door's own.
    fn refused_sign_in(
        &self,
        door: &'static str,
        from: Option<IpAddr>,
        name: Option<&str>,
        why: &str,
    ) -> Option<String> {
        self.metrics.wrong(door);
        // Only tests have requests that come from nowhere.
        let (from, is_token, now) = (from?, matches!(door, "api" | "sign_in"), self.clock.now());
        let by_address = self.attempts.wrong(from, now);
        // A name is limited wherever the attempts come from.
        let by_name = name.map(|name| self.attempts.wrong_as(name, now));
        let limits = [Some(("address", by_address)), by_name.map(|reply| ("person", reply))];
        let mut limits = limits.into_iter().flatten();
        let limit = limits.find(|(_, reply)| matches!(reply, WrongTokenReply::TooOften(_)));
        let is_limited = limit.is_some();
        if let Some((by, _)) = limit {
            self.metrics.limited(by);
        }
        self.refused.count(RefusedAttempt { door, from, name, why, is_limited }, now);
        let Some((by, WrongTokenReply::TooOften(seconds))) = limit else {
            tracing::warn!(%from, door, ?by_address, "{why}");
            return None;
        };
        tracing::debug!(%from, door, by, "{why}, once more");
        let what = if is_token { "wrong tokens" } else { "failed sign-ins" };
        let whose = if by == "person" { "under this name" } else { "from your address" };
        Some(format!("Too many {what} {whose}; try again in {seconds} seconds."))
    }
}

/// Lets a request through with the [`Person`] who makes it as an extension, and their [`CurrentSignIn`] if they have one.
pub(crate) async fn guard(State(access): State<Arc<Access>>, mut request: Request, next: Next) -> Response {
    let from = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|peer| peer.0.ip());
    match access.admit(request.headers(), from) {
        Ok(Admitted { person, proven, sign_in }) => {
            request.extensions_mut().insert(person);
            request.extensions_mut().insert(proven);
            let Some(sign_in) = sign_in else { return next.run(request).await };
            let over = sign_in.over.clone();
            request.extensions_mut().insert(sign_in);
            while_signed_in(next.run(request).await, over)
        }
        Err(problem) => problem.into_response(),
    }
}

const WRONG_TOKEN: &str = "wrong token refused";

fn who_are_you() -> Problem {
    not_authorized(
        "Sign in, or send `Authorization: Bearer <token>` with the gateway's GATEWAY_API_TOKEN. On the command line `gateway login` does it.",
    )
}

fn not_authorized(detail: impl Into<String>) -> Problem {
    Problem::new(StatusCode::UNAUTHORIZED, "Sign-in required", detail)
}

/// A name that is safe in logs, headers and threads.
fn plain_name(name: &str) -> Option<&str> {
    let name = name.trim();
    (!name.is_empty() && name.chars().count() <= LONGEST_NAME && name.chars().all(is_plain_char))
        .then_some(name)
}

/// A name that others gave a person, with blanks for what could forge a line. None where nothing is left.
fn readable_name(name: &str) -> Option<String> {
    let plain: String = name.chars().map(|c| if is_plain_char(c) { c } else { ' ' }).collect();
    let words: Vec<_> = plain.split_whitespace().collect();
    let short: String = words.join(" ").chars().take(LONGEST_NAME).collect();
    plain_name(&short).map(str::to_owned)
}

fn is_plain_char(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '-' | '_' | '.' | '@' | ' ')
}

impl From<NotOnRecord> for Problem {
    fn from(fault: NotOnRecord) -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "Not saved", fault.to_string())
    }
}

#[cfg(test)]
mod tests;
