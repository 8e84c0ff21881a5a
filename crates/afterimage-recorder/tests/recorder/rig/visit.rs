//! What a camera does on one connection, as a script.

use afterimage_media::CaptureFailure;
use std::collections::VecDeque;
use std::time::Duration;

/// One connection to the camera. When its script is over, nothing comes any more.
#[derive(Clone, Debug)]
pub struct Visit {
    pub(super) connects_in: Duration,
    pub(super) welcome: Welcome,
    pub(super) footage: Footage,
    pub(super) steps: VecDeque<Step>,
}

#[derive(Clone, Debug)]
pub(super) enum Welcome {
    Streams,
    Refuses(CaptureFailure, String),
    NeverAnswers,
}

#[derive(Clone, Copy, Debug)]
pub struct Footage {
    pub width: u32,
    pub frames_per_second: u32,
    pub gop_frames: u32,
}

#[derive(Clone, Copy, Debug)]
pub(super) enum Step {
    Tracks {
        width: u32,
    },
    Frames(u64),
    /// Nothing comes, and the camera's time goes on.
    Pause(Duration),
    /// The camera's time begins at zero again.
    ResetTime,
    Damage,
    Fail(CaptureFailure),
}

impl Visit {
    /// A camera with a key frame a second.
    pub fn new() -> Self {
        Self::with(Footage { width: 640, frames_per_second: 25, gop_frames: 25 })
    }

    pub fn with(footage: Footage) -> Self {
        let steps = VecDeque::from([Step::Tracks { width: footage.width }]);
        Self { connects_in: Duration::ZERO, welcome: Welcome::Streams, footage, steps }
    }

    pub fn refuses(failure: CaptureFailure, detail: &str) -> Self {
        Self { welcome: Welcome::Refuses(failure, detail.to_owned()), ..Self::new() }
    }

    pub fn never_answers() -> Self {
        Self { welcome: Welcome::NeverAnswers, ..Self::new() }
    }

    pub fn connects_in(self, connects_in: Duration) -> Self {
        Self { connects_in, ..self }
    }

    pub fn streams(self, duration: Duration) -> Self {
        let frames = duration.as_millis() as u64 * u64::from(self.footage.frames_per_second) / 1000;
        self.then(Step::Frames(frames))
    }

    pub fn streams_on(self) -> Self {
        self.then(Step::Frames(u64::MAX))
    }

    pub fn pauses(self, duration: Duration) -> Self {
        self.then(Step::Pause(duration))
    }

    pub fn resets_its_time(self) -> Self {
        self.then(Step::ResetTime)
    }

    pub fn sends_damage(self) -> Self {
        self.then(Step::Damage)
    }

    pub fn changes_width(self, width: u32) -> Self {
        self.then(Step::Tracks { width })
    }

    pub fn fails(self, failure: CaptureFailure) -> Self {
        self.then(Step::Fail(failure))
    }

    fn then(mut self, step: Step) -> Self {
        self.steps.push_back(step);
        self
    }
}
