using Fairway.Configuration;
using Fairway.Pipelines.Expressions;

namespace Fairway.Pipelines.Declarations;

/// <summary>A pipeline.</summary>
internal static class PipelineDeclaration
{
    /// <summary>The declaration.</summary>
    public static RecordShape<Pipeline> Root { get; } = Declare();

    /// <summary>A concurrency group; a name alone is <c>{ group: name }</c>.</summary>
    public static Shape<Concurrency> Concurrency(ExpressionScope scope)
    {
        var group = PipelineScalars.Template("a group's name", scope);
        return new ShorthandShape<Concurrency>(new RecordShape<Concurrency>("Concurrency", "A group of which only one runs at a time, on one control plane. A name alone is `{ group: name }`.", new(""))
            .Required("group", group, "The group's name.", (concurrency, value) => concurrency with { Group = value }).Like("deploy-${{ github.ref }}")
            .Field("queue", Scalars.OneOf(("latest", QueueMode.Latest), ("all", QueueMode.All), ("replace", QueueMode.Replace)),
                "`latest`: one waits, and a newer one takes its place. `all`: all wait in their order, at most 100. `replace`: a newer one cancels the one that runs.",
                concurrency => concurrency.Queue, (concurrency, value) => concurrency with { Queue = value }).Not("mode", "cancel-in-progress"), "group", group);
    }

    private static RecordShape<Pipeline> Declare() => new RecordShape<Pipeline>("Pipeline", "What is done with every commit: jobs, in the order of what they need.", new() { Name = "" }) { Extensions = true }
        .Optional("name", Scalars.Word("a name"), "Name for people.", "the pipeline's own", (pipeline, value) => pipeline with { Title = value })
        .Optional("on", Triggers, "What starts it by itself.", "every push", (pipeline, value) => pipeline with { On = value }).Not("triggers", "when")
        .Optional("stages", new ListShape<string>(Scalars.Word("a stage")), "Stages in their order. A job without `needs` waits for every job of the stages before its own.", "none",
            (pipeline, value) => pipeline with { Stages = value }).Like("test", "build")
        .Optional("env", PipelineScalars.Variables(ExpressionScopes.Env), "Variables of every step.", "none", (pipeline, value) => pipeline with { Env = value }).Not("environment", "variables")
        .Optional("concurrency", Concurrency(ExpressionScopes.Concurrency), "Runs of one group do not overlap.", "any number at once", (pipeline, value) => pipeline with { Concurrency = value })
        .Optional("shell", PipelineScalars.Shell, "What reads scripts.", "`sh`", (pipeline, value) => pipeline with { Defaults = pipeline.Defaults with { Shell = value } })
        .Optional("workingDirectory", PipelineScalars.Template("a folder", ExpressionScopes.StepText, "path"), "Where scripts run, relative to the checkout.", "its root",
            (pipeline, value) => pipeline with { Defaults = pipeline.Defaults with { WorkingDirectory = value } })
        .Optional("maxParallel", Scalars.Whole(1, 256), "Most jobs at once.", "as many as there are cores", (pipeline, value) => pipeline with { MaxParallel = value })
        .Required("jobs", new MapShape<PipelineJob>("jobs by id", PipelineScalars.Ids, JobDeclaration.Declare()) { AtLeast = 1 }.To(
                pairs => (ImmutableArray<PipelineJob>)[.. pairs.Select(pair => pair.Value with { Id = pair.Key })], _ => []),
            "The jobs.", (pipeline, value) => pipeline with { Jobs = value });

    private static RecordShape<PipelineTriggers> Triggers => new RecordShape<PipelineTriggers>("Triggers", "What starts a pipeline by itself. Without any of them: nothing.", new() { Push = null })
        .Optional("push", Filter, "A push to a branch or of a tag.", "never", (on, value) => on with { Push = value }).Like("{ branches: [main] }")
        .Optional("pullRequest", Filter, "A pull or merge request.", "never", (on, value) => on with { PullRequest = value }).Not("pull_request", "mergeRequest")
        .Optional("deployed", Deployed, "A release that serves in an environment since now. Its run is attested of the artifact as `pipeline/NAME`, which a gate can ask for.", "never",
            (on, value) => on with { Deployed = value }).Like("staging").Not("deployment", "environment")
        .Optional("inputs", new MapShape<RunInput>("values by name", PipelineScalars.Ids, Input) { Empty = () => new("") }.To(
                pairs => (ImmutableArray<RunInput>)[.. pairs.Select(pair => pair.Value with { Name = pair.Key })], _ => []),
            "Values asked for when it is started by hand, read as `inputs.NAME`.", "none", (on, value) => on with { Inputs = value });

    private static RecordShape<PushFilter> Filter
    {
        get
        {
            var patterns = new ListShape<string>(PipelineScalars.Refs, orOne: true);
            return new RecordShape<PushFilter>("Push filter", "Which pushes. `*` is any letters but `/`, `**` any at all, `!` takes out.", new())
                .Optional("branches", patterns, "Only these branches.", "all", (filter, value) => filter with { Branches = value }).Like("main")
                .Optional("branchesIgnore", patterns, "Not these branches.", "none", (filter, value) => filter with { BranchesIgnore = value }).Not("branches-ignore")
                .Optional("tags", patterns, "Only these tags.", "all", (filter, value) => filter with { Tags = value }).Like("v*")
                .Optional("tagsIgnore", patterns, "Not these tags.", "none", (filter, value) => filter with { TagsIgnore = value }).Not("tags-ignore")
                .Optional("paths", patterns, "Only when one of these files changed.", "all", (filter, value) => filter with { Paths = value })
                .Optional("pathsIgnore", patterns, "Not when only these files changed.", "none", (filter, value) => filter with { PathsIgnore = value }).Not("paths-ignore");
        }
    }

    private static Shape<DeployedFilter> Deployed
    {
        get
        {
            var environments = new ListShape<string>(Scalars.Word("an environment's name"), orOne: true);
            return new ShorthandShape<DeployedFilter>(new RecordShape<DeployedFilter>("Deployed filter", "Which arrivals. An environment alone is `{ environments: name }`.", new([]))
                .Required("environments", environments, "In one of these.", (filter, value) => filter with { Environments = value }).Like("staging").Not("environment")
                .Optional("services", new ListShape<string>(Scalars.Word("a service's name"), orOne: true), "Only of these services.", "all", (filter, value) => filter with { Services = value })
                    .Not("service"), "environments", environments);
        }
    }

    private static RecordShape<RunInput> Input => new RecordShape<RunInput>("Run input", "A value asked for when a pipeline is started by hand.", new(""))
        .Optional("description", Scalars.Text("a sentence"), "What it is for.", "not said", (input, value) => input with { Description = value })
        .Optional("default", Scalars.Text("a value"), "When it is not given.", "empty", (input, value) => input with { Default = value })
        .Field("required", Scalars.Switch, "Whether it must be given.", input => input.Required, (input, value) => input with { Required = value })
        .Optional("choices", new ListShape<string>(Scalars.Text("a value")), "What it may be.", "anything", (input, value) => input with { Choices = value }).Not("options");
}
