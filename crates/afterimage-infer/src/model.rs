//! A model that is ready to look at frames.
//!
//! Belongs here: the session, the check that graph and manifest agree, one look at a frame. Not
//! here: what the numbers mean ([`crate::output`]), where models come from ([`crate::catalogue`]).
//! Invariant: after `open`, inputs and output have the manifest's names, types and shapes.

use crate::output::{grid, yolox};
use crate::tensor::{Placement, fill};
use crate::{Detected, FrameView, InferError, Manifest, OutputKind, Runtime, Weights};
use ort::session::Session;
use ort::session::builder::GraphOptimizationLevel;
use ort::value::{Outlet, TensorElementType, TensorRef};

/// One session of one model. `detect` needs it alone: open one for each thread that looks.
#[derive(Debug)]
pub struct Model {
    manifest: Manifest,
    session: Session,
    current: Vec<f32>,
    previous: Vec<f32>,
}

impl Model {
    /// Opens a session with one thread, and refuses a graph that is not what the manifest says.
    pub fn open(
        runtime: &Runtime,
        manifest: &Manifest,
        weights: &Weights,
    ) -> Result<Self, InferError> {
        let session = build(runtime, weights).map_err(|error| InferError::Mismatch {
            model: manifest.name.clone(),
            detail: format!("ONNX Runtime can't load it: {error}"),
        })?;
        check(&session, manifest)?;
        Ok(Self { manifest: manifest.clone(), session, current: Vec::new(), previous: Vec::new() })
    }

    #[must_use]
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// What it sees on `frame`, surest first, at most 300 boxes.
    ///
    /// A model that compares ([`Manifest::needs_previous`]) sees nothing without `previous`, or
    /// with one of another size; other models don't look at it.
    pub fn detect(
        &mut self,
        frame: FrameView<'_>,
        previous: Option<FrameView<'_>>,
    ) -> Result<Vec<Detected>, InferError> {
        frame.check()?;
        let input = &self.manifest.input;
        let placement = Placement::of(&frame, input);
        if input.previous.is_some() {
            let Some(previous) = previous.filter(|previous| previous.same_size(&frame)) else {
                return Ok(Vec::new());
            };
            previous.check()?;
            fill(&mut self.previous, &previous, input, placement);
        }
        fill(&mut self.current, &frame, input, placement);
        let values = self
            .run()
            .map_err(|detail| InferError::Run { model: self.manifest.name.clone(), detail })?;
        Ok(self.interpret(&values, placement))
    }

    fn run(&mut self) -> Result<Vec<f32>, String> {
        let (input, output) = (&self.manifest.input, &self.manifest.output);
        let shape = tensor_shape(&self.manifest);
        let tensor =
            |values| TensorRef::from_array_view((shape, values)).map_err(|error| error.to_string());
        let mut inputs = vec![(input.current.as_str(), tensor(self.current.as_slice())?)];
        if let Some(name) = &input.previous {
            inputs.push((name.as_str(), tensor(self.previous.as_slice())?));
        }
        let outputs = self.session.run(inputs).map_err(|error| error.to_string())?;
        let (_, values) = outputs
            .get(&output.name)
            .ok_or_else(|| format!("it gave no `{}`", output.name))?
            .try_extract_tensor::<f32>()
            .map_err(|error| error.to_string())?;
        let expected: usize = output_shape(&self.manifest).iter().product();
        if values.len() != expected {
            return Err(format!("`{}` has {} values, not {expected}", output.name, values.len()));
        }
        Ok(values.to_vec())
    }

    fn interpret(&self, values: &[f32], placement: Placement) -> Vec<Detected> {
        let (input, output) = (&self.manifest.input, &self.manifest.output);
        match &output.kind {
            OutputKind::Grid { columns, label, .. } => {
                grid::boxes(values, *columns as usize, output.score_threshold, label)
            }
            OutputKind::Yolox { strides, labels, nms_threshold } => yolox::boxes(
                values,
                (input.width, input.height),
                strides,
                labels.len(),
                output.score_threshold,
                *nms_threshold,
            )
            .into_iter()
            .filter_map(|found| {
                Some(Detected {
                    label: labels.get(found.class)?.clone(),
                    score: found.score,
                    bbox: placement.normalised(&found.corners)?,
                })
            })
            .collect(),
        }
    }
}

fn build(runtime: &Runtime, weights: &Weights) -> ort::Result<Session> {
    // A worker shares its machine with a recorder: one thread, and none that spins while waiting.
    let mut builder = Session::builder(runtime.environment())?
        .with_optimization_level(GraphOptimizationLevel::All)?
        .with_intra_threads(1)?
        .with_inter_threads(1)?
        .with_intra_op_spinning(false)?;
    builder.commit_from_memory(weights.bytes())
}

fn tensor_shape(manifest: &Manifest) -> [usize; 4] {
    [1, 3, manifest.input.height as usize, manifest.input.width as usize]
}

fn output_shape(manifest: &Manifest) -> [usize; 3] {
    let input = &manifest.input;
    match &manifest.output.kind {
        OutputKind::Grid { columns, rows, .. } => [1, *rows as usize, *columns as usize],
        OutputKind::Yolox { strides, labels, .. } => {
            [1, yolox::anchors(input.width, input.height, strides), 5 + labels.len()]
        }
    }
}

fn check(session: &Session, manifest: &Manifest) -> Result<(), InferError> {
    let input = &manifest.input;
    let expected: Vec<&str> =
        std::iter::once(&input.current).chain(&input.previous).map(String::as_str).collect();
    let fail = |detail| Err(InferError::Mismatch { model: manifest.name.clone(), detail });
    if let Some(other) = session.inputs().iter().find(|given| !expected.contains(&given.name())) {
        return fail(format!("it has an input `{}` that the manifest lacks", other.name()));
    }
    for name in expected {
        if let Err(detail) = check_outlet(session.inputs(), name, &tensor_shape(manifest)) {
            return fail(format!("input {detail}"));
        }
    }
    match check_outlet(session.outputs(), &manifest.output.name, &output_shape(manifest)) {
        Ok(()) => Ok(()),
        Err(detail) => fail(format!("output {detail}")),
    }
}

/// Whether `outlets` have `name` as `f32` of `expected` shape; a dynamic dimension takes any size.
fn check_outlet(outlets: &[Outlet], name: &str, expected: &[usize]) -> Result<(), String> {
    let Some(outlet) = outlets.iter().find(|outlet| outlet.name() == name) else {
        let there: Vec<&str> = outlets.iter().map(Outlet::name).collect();
        return Err(format!("`{name}` is not in the model, which has {}", there.join(", ")));
    };
    let kind = outlet.dtype();
    if kind.tensor_type() != Some(TensorElementType::Float32) {
        return Err(format!("`{name}` is not a tensor of 32-bit floats but {kind}"));
    }
    let shape = kind.tensor_shape().map(|shape| shape.to_vec()).unwrap_or_default();
    let fits = shape.len() == expected.len()
        && shape
            .iter()
            .zip(expected)
            .all(|(there, expected)| *there < 0 || usize::try_from(*there) == Ok(*expected));
    if fits { Ok(()) } else { Err(format!("`{name}` has the shape {shape:?}, not {expected:?}")) }
}
