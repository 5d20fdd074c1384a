using Fairway.Configuration;
using Fairway.Pipelines.Expressions;
using NodaTime;

namespace Fairway.Pipelines.Declarations;

/// <summary>What is read of a step.</summary>
internal sealed record StepParts
{
    public string? Id { get; init; }

    public string? Name { get; init; }

    public string? If { get; init; }

    public string? Run { get; init; }

    public string? Shell { get; init; }

    public string? WorkingDirectory { get; init; }

    public StepAction.Cache? Cache { get; init; }

    public ImmutableSortedDictionary<string, string> Env { get; init; } = ImmutableSortedDictionary<string, string>.Empty;

    public string? ContinueOnError { get; init; }

    public Duration? Timeout { get; init; }

    public PipelineStep Step => new()
    {
        Id = Id, Name = Name, If = If, Env = Env, ContinueOnError = ContinueOnError, Timeout = Timeout,
        Action = (StepAction?)Cache ?? new StepAction.Run(Run ?? "") { Shell = Shell, WorkingDirectory = WorkingDirectory },
    };
}

/// <summary>A step of a job; a text alone is its script.</summary>
internal static class StepDeclaration
{
    /// <summary>The declaration.</summary>
    public static Shape<PipelineStep> Declare()
    {
        var script = PipelineScalars.Template("a script", ExpressionScopes.StepText, "script");
        var full = new RecordShape<StepParts>("Step", "A step of a job. A script alone is `{ run: script }`.", new())
            .Optional("id", Scalars.Word("a name"), "Names it in `steps.ID.outputs`.", "none", (step, value) => step with { Id = value })
            .Optional("name", PipelineScalars.Template("a name", ExpressionScopes.StepText), "Name for people.", "the script's first line", (step, value) => step with { Name = value })
            .Optional("if", PipelineScalars.Condition(ExpressionScopes.StepIf), "Whether it runs.", "`success()`", (step, value) => step with { If = value }).Like("failure()").Not("when")
            .Optional("run", script, "The script. What it writes to the file `$FAIRWAY_OUTPUT` as `NAME=value` are its outputs.", null, (step, value) => step with { Run = value })
                .Like("npm test").Not("script", "command", "cmd")
            .Optional("shell", PipelineScalars.Shell, "What reads the script.", "the job's", (step, value) => step with { Shell = value }).Like("bash")
            .Optional("workingDirectory", PipelineScalars.Template("a folder", ExpressionScopes.StepText, "path"), "Relative to the checkout.", "the job's",
                (step, value) => step with { WorkingDirectory = value }).Like("web").Not("working-directory", "dir", "cwd")
            .Optional("cache", Cache, "Brings files back that an earlier run saved under a key, and saves them when the job succeeded.", null, (step, value) => step with { Cache = value })
            .Optional("env", PipelineScalars.Variables(ExpressionScopes.StepText), "Variables.", "none", (step, value) => step with { Env = value }).Not("environment", "variables")
            .Optional("continueOnError", PipelineScalars.Condition(ExpressionScopes.StepText, "true, false or an expression"), "Whether its failure leaves the job a success.", "`false`",
                (step, value) => step with { ContinueOnError = value }).Not("continue-on-error", "allowFailure")
            .Optional("timeout", Scalars.Time(zero: false), "Longest time.", "the job's", (step, value) => step with { Timeout = value }).Like("5m").Not("timeout-minutes")
            .OneOf("run", "cache")
            .Inspect((node, binder) =>
            {
                if (node.Find("run") is null && node.Find("cache") is null)
                    binder.Diagnostics.Error(DiagnosticCodes.MissingField, node.At, $"{binder.Name} does nothing", "run or cache");
            });
        return new ShorthandShape<StepParts>(full, "run", script).To(parts => parts.Step, _ => new());
    }

    private static RecordShape<StepAction.Cache> Cache => new RecordShape<StepAction.Cache>("Saved files", "Files that are kept from run to run under a key.", new("", [], []))
        .Required("key", PipelineScalars.Template("a key", ExpressionScopes.StepText), "The key.", (cache, value) => cache with { Key = value }).Like("npm-${{ hashFiles('package-lock.json') }}")
        .Optional("restoreKeys", new ListShape<string>(PipelineScalars.Template("a key's beginning", ExpressionScopes.StepText), orOne: true), "Beginnings of keys that will do as well.", "none",
            (cache, value) => cache with { RestoreKeys = value }).Not("restore-keys")
        .Required("paths", new ListShape<string>(PipelineScalars.Files, orOne: true), "Files and folders; `~/` is the home folder.", (cache, value) => cache with { Paths = value })
            .Like("~/.npm").Not("path");
}
