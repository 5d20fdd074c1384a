using System.CommandLine;
using System.Text.Json;
using Fairway.Cli.Rendering;
using Fairway.Client;
using Fairway.Client.Wire;

namespace Fairway.Cli.Verbs;

/// <summary><c>fairway compare</c>.</summary>
internal static class CompareVerb
{
    public static Command Create(CliContext context)
    {
        var target = new Target(context);
        var rollout = new Argument<string>("ROLLOUT")
        {
            Description = "Such as shop/3 or production/shop/3; shop is its latest. By default the latest of all.", DefaultValueFactory = _ => "latest",
        };
        var usual = new Option<bool>("--usual", "-u") { Description = "Show what is usual of the service after a release instead of one rollout." };
        var release = new Option<string?>("--release") { Description = "Show every rollout of this release: its whole digest; or, with its service as ROLLOUT, the beginning of it or a version.", HelpName = "RELEASE" };
        var command = new Command("compare", "How a service was before a rollout and after it, beside what is usual after its releases.")
        {
            rollout, usual, release, target.Environment, target.Data, target.Json,
        };
        command.Validators.Add(result =>
        {
            if (result.GetValue(usual) && result.GetValue(release) is not null) result.AddError("--usual is of a service, --release of a release: give one of them");
            else if (result.GetValue(release) is { } named && ReleaseChoice.WholeDigest(named) is null && result.GetResult(rollout) is not { Implicit: false })
                result.AddError($"whose release is {named}? Write its service too, such as fairway compare shop --release {named}; or its whole digest");
        });
        command.SetAction(async (parsed, cancellation) =>
        {
            using var client = target.Connect(parsed);
            var isJson = parsed.GetValue(target.Json);
            if (parsed.GetValue(release) is { } named)
            {
                var digest = ReleaseChoice.WholeDigest(named) ?? (await ReleaseChoice.FindAsync(client, parsed.GetValue(rollout)!, named, cancellation)).Digest;
                var all = await client.GetComparisonsAsync(digest, cancellation);
                if (isJson) context.Out.WriteLine(JsonSerializer.Serialize(all, WireJson.Indented.IReadOnlyListComparisonInfo));
                else context.Out.Write(ComparisonView.Of(all, context));
                return ExitCodes.Done;
            }
            var id = await ExplainVerb.FindAsync(client, parsed.GetValue(rollout)!, parsed.GetValue(target.Environment), cancellation);
            if (parsed.GetValue(usual))
            {
                var parts = id.Split('/');
                var baseline = await client.GetBaselineAsync(parts[0], parts[1], cancellation);
                if (isJson) context.Out.WriteLine(JsonSerializer.Serialize(baseline, WireJson.Indented.BaselineInfo));
                else context.Out.Write(ComparisonView.Of(baseline, context));
                return ExitCodes.Done;
            }
            var compared = await client.GetComparisonAsync(id, cancellation);
            if (isJson) context.Out.WriteLine(JsonSerializer.Serialize(compared, WireJson.Indented.ComparisonInfo));
            else context.Out.Write(ComparisonView.Of(compared, context));
            return ExitCodes.Done;
        });
        return command;
    }
}
