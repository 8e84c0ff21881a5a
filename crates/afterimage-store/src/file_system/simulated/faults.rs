//! Faults of the simulated disk: which operation meets which.
//!
//! Belongs here: counting operations and the verdict on each. Not here: what is done and what is
//! lost ([`super::nodes`], [`super::names`]).

use std::io;

/// What happens at the chosen operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// This operation fails, later ones work.
    FailOnce,
    /// This operation and every later one of its sort fail.
    FailForGood,
    /// No room: this and every later write fail after a part, until [`super::SimulatedDisk::repair`].
    Full,
    /// A write takes only a part, then fails; other operations fail.
    Tear,
    /// The machine stops before the operation.
    CrashBefore,
    /// The machine stops after it.
    CrashAfter,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operation {
    CreateDirectory,
    SyncDirectory,
    Create,
    Open,
    List,
    Rename,
    Remove,
    Lock,
    Write,
    Read,
    Sync,
    Resize,
    Commit,
}

/// How an admitted operation goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    Go,
    /// It is done in part, or not at all, and fails so.
    Fail(io::ErrorKind),
    /// It is done, and then the machine stops.
    GoThenCrash,
}

#[derive(Debug, Default)]
pub(super) struct Faults {
    pub operations: u64,
    pub plan: Option<(u64, Fault)>,
    failing: Option<(Operation, io::ErrorKind)>,
    pub has_crashed: bool,
    pub was_full: bool,
}

impl Faults {
    pub fn judge(&mut self, operation: Operation) -> io::Result<Verdict> {
        if self.has_crashed {
            return Err(io::Error::other("the machine has stopped"));
        }
        let number = self.operations;
        self.operations += 1;
        if let Some((failing, kind)) = self.failing
            && (failing == operation
                || (kind == io::ErrorKind::StorageFull && operation == Operation::Create))
        {
            return Ok(Verdict::Fail(kind));
        }
        let Some((at, fault)) = self.plan else { return Ok(Verdict::Go) };
        if at != number {
            return Ok(Verdict::Go);
        }
        match fault {
            Fault::FailOnce | Fault::Tear => Ok(Verdict::Fail(io::ErrorKind::Other)),
            Fault::FailForGood => {
                self.failing = Some((operation, io::ErrorKind::Other));
                Ok(Verdict::Fail(io::ErrorKind::Other))
            }
            Fault::Full => {
                self.was_full = true;
                self.failing = Some((Operation::Write, io::ErrorKind::StorageFull));
                match operation {
                    Operation::Write | Operation::Create | Operation::CreateDirectory => {
                        Ok(Verdict::Fail(io::ErrorKind::StorageFull))
                    }
                    _ => Ok(Verdict::Go),
                }
            }
            Fault::CrashBefore => {
                self.has_crashed = true;
                Err(io::Error::other("the machine stops"))
            }
            Fault::CrashAfter => Ok(Verdict::GoThenCrash),
        }
    }

    pub fn finish(&mut self, verdict: Verdict) -> io::Result<()> {
        match verdict {
            Verdict::Go => Ok(()),
            Verdict::Fail(kind) => Err(io::Error::new(kind, "injected")),
            Verdict::GoThenCrash => {
                self.has_crashed = true;
                Ok(())
            }
        }
    }

    pub fn is_full(&self) -> bool {
        matches!(self.failing, Some((_, io::ErrorKind::StorageFull)))
    }

    /// What works again; what happened is remembered.
    pub fn end(&mut self) {
        self.plan = None;
        self.failing = None;
    }
}
