//! The gateway's ends of the links: what comes in, in which order, and what is acknowledged.

use crate::commands::input;
use crate::shell::{Mail, Task, policy};
use crate::wire::{Down, Event, Hello, Up};
use crate::world::{World, root};
use gateway_domain::{AgentInput, Session};
use std::collections::{BTreeSet, VecDeque};

/// The gateway's end of a pod's link.
#[derive(Default)]
pub struct End {
    pub link: Option<u64>,
    boot: u64,
    /// Events that were taken, and those of them that are done.
    received: u64,
    done: VecDeque<u64>,
    done_until: u64,
}

#[derive(Clone, Copy)]
pub struct Receipt {
    pod: usize,
    boot: u64,
    number: u64,
}

impl World {
    pub fn arrive_at_gateway(&mut self, pod: usize, link: u64, frame: Up) {
        if !self.gateway.up {
            return;
        }
        if let Up::Hello(hello) = frame {
            return self.hello(pod, link, &hello);
        }
        if self.gateway.ends.entry(pod).or_default().link != Some(link) {
            return;
        }
        match frame {
            Up::Event(numbered) => {
                let end = self.gateway.ends.entry(pod).or_default();
                if numbered.number != end.received + 1 {
                    return;
                }
                end.received += 1;
                let receipt = Receipt { pod, boot: end.boot, number: numbered.number };
                self.event(pod, &numbered.session, numbered.event, receipt);
            }
            Up::Reply { request_id, outcome } => self.replied(&request_id, outcome),
            Up::Turn { request_id, turn } => self.turn_read(&request_id, turn),
            Up::Hello(_) => {}
        }
    }

    fn hello(&mut self, pod: usize, link: u64, hello: &Hello) {
        if self.links[pod].current != Some(link) {
            return;
        }
        if let Some(old) = self.gateway.ends.entry(pod).or_default().link {
            self.notice_lost(pod, old);
        }
        if !self.gateway.up {
            return;
        }
        // Sometimes the older link's last events were never taken: then they come again, done or not.
        let forgets = self.chance.percent(20);
        let end = self.gateway.ends.entry(pod).or_default();
        if end.boot != hello.boot || end.received < hello.acked || forgets {
            *end = End { received: hello.acked, done_until: hello.acked, ..End::default() };
        }
        (end.link, end.boot) = (Some(link), hello.boot);
        let resume_from = end.received + 1;
        let resume_from = resume_from.min(end.done_until + 1);
        end.received = resume_from - 1;
        self.down(pod, link, Down::Welcome { resume_from });
        self.fail_over(pod, link);
        self.tell_pod_back(pod, hello);
    }

    fn tell_pod_back(&mut self, pod: usize, hello: &Hello) {
        let with_asks = hello.asks.iter().map(|asked| root(&asked.session).to_owned());
        let mut sessions: BTreeSet<_> = with_asks.collect();
        sessions.extend(self.sessions_of(pod));
        for session in sessions {
            self.make_task(pod, &session);
            let asks = hello.asks.iter().filter(|asked| root(&asked.session) == session).cloned();
            let (asks, standing) = (asks.collect::<Vec<_>>(), hello.sessions.get(&session).copied());
            if asks.is_empty() && standing.is_none() {
                self.deliver(&session, Mail::of(AgentInput::Deleted), None);
            } else {
                self.deliver(&session, Mail::PodBack(asks, standing), None);
            }
        }
    }

    pub fn notice_lost(&mut self, pod: usize, link: u64) {
        let end = self.gateway.ends.entry(pod).or_default();
        if !self.gateway.up || end.link != Some(link) {
            return;
        }
        end.link = None;
        self.note(|| format!("the gateway notices that the link of pod {pod} is gone"));
        for session in self.sessions_of(pod) {
            self.deliver(&session, Mail::of(AgentInput::PodLost), None);
        }
    }

    fn sessions_of(&self, pod: usize) -> Vec<String> {
        let wanted = format!("pod-{pod}");
        let of_pod = self.gateway.tasks.iter().filter(|(_, task)| task.session.record().pod == wanted);
        of_pod.map(|(id, _)| id.clone()).collect()
    }

    /// A session begins with its work; a sub-agent's comings and goings are its parent's.
    fn event(&mut self, pod: usize, session: &str, event: Event, receipt: Receipt) {
        let (root, begins) =
            (root(session), matches!(event, Event::Asked(_) | Event::Resolved { .. } | Event::Busy));
        if begins {
            self.make_task(pod, root);
        }
        if self.gateway.tasks.contains_key(root) && (begins || root == session) {
            self.deliver(root, Mail::of(input(event)), Some(receipt));
        } else {
            self.receipt_done(receipt);
        }
    }

    fn make_task(&mut self, pod: usize, session: &str) {
        if !self.gateway.up {
            return;
        }
        let new = || Task::new(Session::new(session, &format!("pod-{pod}"), policy()));
        self.gateway.tasks.entry(session.to_owned()).or_insert_with(new);
    }

    pub fn receipt_done(&mut self, Receipt { pod, boot, number }: Receipt) {
        let Some(end) = self.gateway.ends.get_mut(&pod).filter(|end| end.boot == boot) else { return };
        end.done.push_back(number);
        let before = end.done_until;
        while let Some(at) = end.done.iter().position(|&done| done == end.done_until + 1) {
            end.done.remove(at);
            end.done_until += 1;
        }
        let (until, link) = (end.done_until, end.link);
        if let Some(link) = link.filter(|_| until > before) {
            self.down(pod, link, Down::Ack(until));
        }
    }
}
