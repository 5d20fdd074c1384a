namespace Fairway.Pipelines.Expressions;

/// <summary>
/// Which contexts and functions are known at each place of a workflow (GitHub's documentation, "Contexts reference", "Context
/// availability").
/// </summary>
public static class ExpressionScopes
{
    private static readonly string[] Job = ["github", "needs", "strategy", "matrix", "vars", "inputs"];

    private static readonly string[] JobSecrets = ["github", "needs", "strategy", "matrix", "vars", "secrets", "inputs"];

    private static readonly string[] Step =
        ["github", "needs", "strategy", "matrix", "job", "runner", "env", "vars", "secrets", "steps", "inputs"];

    /// <summary>Name of a run.</summary>
    public static ExpressionScope RunName { get; } = At("run-name", "github", "inputs", "vars");

    /// <summary>A workflow's concurrency.</summary>
    public static ExpressionScope Concurrency { get; } = At("concurrency", "github", "inputs", "vars");

    /// <summary>A workflow's variables.</summary>
    public static ExpressionScope Env { get; } = At("env", "github", "secrets", "inputs", "vars");

    /// <summary>Default of an input of a reusable workflow.</summary>
    public static ExpressionScope CallInputDefault { get; } = At("on.workflow_call.inputs.ID.default", "github", "inputs", "vars");

    /// <summary>Output of a reusable workflow.</summary>
    public static ExpressionScope CallOutput { get; } = At("on.workflow_call.outputs.ID.value", "github", "jobs", "vars", "inputs");

    /// <summary>Whether a job runs.</summary>
    public static ExpressionScope JobIf { get; } =
        At("jobs.ID.if", "github", "needs", "vars", "inputs") with { Status = StatusArguments.Jobs };

    /// <summary>Name of a job.</summary>
    public static ExpressionScope JobName { get; } = At("jobs.ID.name", Job);

    /// <summary>A job's labels of a runner.</summary>
    public static ExpressionScope JobRunsOn { get; } = At("jobs.ID.runs-on", Job);

    /// <summary>A job's concurrency.</summary>
    public static ExpressionScope JobConcurrency { get; } = At("jobs.ID.concurrency", Job);

    /// <summary>A job's environment.</summary>
    public static ExpressionScope JobEnvironment { get; } = At("jobs.ID.environment", Job);

    /// <summary>Address of a job's environment.</summary>
    public static ExpressionScope JobEnvironmentUrl { get; } =
        At("jobs.ID.environment.url", "github", "needs", "strategy", "matrix", "job", "runner", "env", "vars", "steps", "inputs");

    /// <summary>Whether a job's failure counts.</summary>
    public static ExpressionScope JobContinueOnError { get; } = At("jobs.ID.continue-on-error", Job);

    /// <summary>A job's time.</summary>
    public static ExpressionScope JobTimeout { get; } = At("jobs.ID.timeout-minutes", Job);

    /// <summary>A job's matrix.</summary>
    public static ExpressionScope JobStrategy { get; } = At("jobs.ID.strategy", "github", "needs", "vars", "inputs");

    /// <summary>A job's defaults.</summary>
    public static ExpressionScope JobDefaults { get; } =
        At("jobs.ID.defaults.run", "github", "needs", "strategy", "matrix", "env", "vars", "inputs");

    /// <summary>A job's variables.</summary>
    public static ExpressionScope JobEnv { get; } = At("jobs.ID.env", JobSecrets);

    /// <summary>A job's container and services.</summary>
    public static ExpressionScope JobContainer { get; } = At("jobs.ID.container", Job);

    /// <summary>Credentials of a container or a service.</summary>
    public static ExpressionScope JobCredentials { get; } =
        At("jobs.ID.container.credentials", "github", "needs", "strategy", "matrix", "env", "vars", "secrets", "inputs");

    /// <summary>Variables of a container or a service.</summary>
    public static ExpressionScope JobContainerEnv { get; } =
        At("jobs.ID.container.env", "github", "needs", "strategy", "matrix", "job", "runner", "env", "vars", "secrets", "inputs");

    /// <summary>A job's outputs.</summary>
    public static ExpressionScope JobOutputs { get; } = At("jobs.ID.outputs.NAME", Step);

    /// <summary>Inputs of a reusable workflow where it is used.</summary>
    public static ExpressionScope JobWith { get; } = At("jobs.ID.with.NAME", "github", "needs", "strategy", "matrix", "inputs", "vars");

    /// <summary>Secrets of a reusable workflow where it is used.</summary>
    public static ExpressionScope JobCallSecrets { get; } = At("jobs.ID.secrets.NAME", JobSecrets);

    /// <summary>Whether a step runs. Secrets are not known there.</summary>
    public static ExpressionScope StepIf { get; } =
        At("jobs.ID.steps.if", "github", "needs", "strategy", "matrix", "job", "runner", "env", "vars", "steps", "inputs")
            with { Status = StatusArguments.None, HashFiles = true };

    /// <summary>Everything else of a step: <c>run</c>, <c>env</c>, <c>with</c>, <c>name</c>, <c>working-directory</c> and so on.</summary>
    public static ExpressionScope StepText { get; } = At("a step", Step) with { HashFiles = true };

    /// <summary>Texts of a composite action's steps.</summary>
    public static ExpressionScope ActionText { get; } =
        At("a composite action", "github", "inputs", "strategy", "matrix", "job", "runner", "env", "steps") with { HashFiles = true };

    /// <summary>Whether a composite action's step runs.</summary>
    public static ExpressionScope ActionIf { get; } =
        At("a composite action's if", "github", "inputs", "strategy", "matrix", "job", "runner", "env", "steps")
            with { Status = StatusArguments.None, HashFiles = true };

    private static ExpressionScope At(string place, params string[] contexts) => new() { Contexts = [.. contexts], Place = place };
}
