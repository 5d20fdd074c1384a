using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Fairway.Cli.Rendering;
using Fairway.Client;
using Fairway.Client.Wire;

namespace Fairway.Cli.Verbs;

/// <summary><c>fairway attest</c>: what scanners, test systems and backups say that are no part of Fairway.</summary>
internal static class AttestVerb
{
    public static Command Create(CliContext context)
    {
        var target = new Target(context);
        var release = new Option<string?>("--release") { Description = "Of this release's artifact, by its digest, the beginning of it, or its version. By default of the service in its environment.", HelpName = "RELEASE" };
        var kind = new Option<string>("--kind", "-k") { Description = "What was looked at, such as scan/licences, tests, backup or restore-drill.", Required = true, HelpName = "KIND" };
        var passed = new Option<bool>("--passed") { Description = "It was found good." };
        var failed = new Option<bool>("--failed") { Description = "It was not." };
        var summary = new Option<string?>("--summary", "-m") { Description = "In a sentence, for people. Never a secret.", HelpName = "TEXT" };
        var numbers = new Option<string[]>("--number") { Description = "NAME=VALUE that was counted; may be repeated.", HelpName = "NAME=VALUE" };
        var command = new Command(
            "attest", "Say what was found out about a release, or about a service in its environment; gates and policies read it.\n\nExample: fairway attest shop --env production --kind backup --passed --number bytes=1048576")
        {
            target.Service, target.Environment, release, kind, passed, failed, summary, numbers, target.Data, target.Json,
        };
        command.Validators.Add(result =>
        {
            if (result.GetValue(passed) == result.GetValue(failed)) result.AddError("say either --passed or --failed");
            if (result.GetValue(release) is not null && result.GetValue(target.Environment) is not null) result.AddError("a release is the same in every environment: leave out --env or --release");
        });
        command.SetAction(async (parsed, cancellation) =>
        {
            using var client = target.Connect(parsed);
            var said = new AttestationRequest(parsed.GetValue(kind), parsed.GetValue(passed), parsed.GetValue(summary), Numbers(parsed.GetValue(numbers) ?? []));
            var (recorded, what) = parsed.GetValue(release) is { } named
                ? await OfReleaseAsync(client, parsed.GetValue(target.Service)!, named, said, cancellation)
                : await OfServiceAsync(client, await Target.FindAsync(client, parsed.GetValue(target.Service), parsed.GetValue(target.Environment), cancellation), said, cancellation);
            if (parsed.GetValue(target.Json)) context.Out.WriteLine(JsonSerializer.Serialize(recorded, WireJson.Indented.AttestationInfo));
            else context.Out.WriteLine($"{recorded.By} attests that {recorded.Kind} of {what} {(recorded.Passed ? "passed" : "failed")}: {recorded.Summary}");
            return ExitCodes.Done;
        });
        return command;
    }

    private static async Task<(AttestationInfo Recorded, string What)> OfServiceAsync(FairwayClient client, ServiceSummary service, AttestationRequest said, CancellationToken cancellation)
        => (await client.AttestAsync(service.Environment, service.Service, said, cancellation), $"{service.Environment}/{service.Service}");

    private static async Task<(AttestationInfo Recorded, string What)> OfReleaseAsync(
        FairwayClient client, string service, string named, AttestationRequest said, CancellationToken cancellation)
    {
        var found = await ReleaseChoice.FindAsync(client, service, named, cancellation);
        return (await client.AttestAsync(found.Artifact, said, cancellation), $"{found.Service} {found.Version} ({Words.Short(found.Digest)})");
    }

    private static Dictionary<string, double>? Numbers(string[] pairs)
    {
        if (pairs.Length == 0) return null;
        var numbers = new Dictionary<string, double>(StringComparer.Ordinal);
        foreach (var pair in pairs)
        {
            var equals = pair.IndexOf('=', StringComparison.Ordinal);
            if (equals <= 0 || !double.TryParse(pair.AsSpan(equals + 1), NumberStyles.Float, CultureInfo.InvariantCulture, out var number) || !double.IsFinite(number))
                throw new FairwayException("bad-number", $"'{pair}' is not NAME=VALUE with a number", "write it such as --number findings=3", 400);
            if (!numbers.TryAdd(pair[..equals], number))
                throw new FairwayException("bad-number", $"number {pair[..equals]} is given twice", null, 400);
        }
        return numbers;
    }
}
