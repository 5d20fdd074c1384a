using System.Text.Json;
using Fairway.Access;
using Fairway.Client.Wire;
using Fairway.Configuration;
using Fairway.Kernel;
using Fairway.Ledger;
using Fairway.Serve;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Fairway.Api;

/// <summary>The configuration: what is in force, whether another would do, what would change, and the change itself.</summary>
internal static class ConfigurationEndpoints
{
    private const int MostBytes = 4 << 20;
    private const string Yaml = "application/yaml";
    private static readonly string[] Media = [Yaml, "application/x-yaml", "text/yaml", "text/x-yaml", "text/plain", "application/octet-stream"];

    /// <summary>Maps them.</summary>
    public static void Map(ApiRoutes routes, ControlPlaneServices services)
    {
        routes.Map("GET", "configuration", Permission.View, call =>
        {
            call.OnlyQueries();
            var editor = Editor(services);
            var state = new ConfigurationState(editor.File, editor.InForce?.Digest, editor.InForce is { } good ? RolloutWire.Json(good.ToJson().ToJsonString(FairwayJson.Options)) : null, services.Configuration.Problems);
            return call.WriteTaggedAsync(JsonSerializer.SerializeToUtf8Bytes(state, WireJson.Default.ConfigurationState), "application/json; charset=utf-8", editor.Tag());
        }).Says("What is in force.").Gives(() => WireJson.Default.ConfigurationState).IsTagged();
        routes.Map("POST", "configuration/validate", Permission.Deploy, async call =>
        {
            call.OnlyQueries();
            var (good, diagnostics) = Editor(services).Check(await ReadAsync(call));
            await call.WriteAsync(new(good is not null, good?.Digest, [.. diagnostics.Select(Of)]), WireJson.Default.ConfigurationCheck);
        }).Says("Whether a file could be in force, and all its mistakes.").TakesBytes(Yaml, isEndless: false).Gives(() => WireJson.Default.ConfigurationCheck);
        routes.Map("POST", "configuration/plan", Permission.Deploy, async call =>
        {
            call.OnlyQueries();
            var editor = Editor(services);
            var tag = editor.Tag();
            await call.WriteAsync(Plan(editor, tag, Good(editor, await ReadAsync(call))), WireJson.Default.ConfigurationPlanInfo);
        }).Says("What a file would change, part by part.").TakesBytes(Yaml, isEndless: false).Gives(() => WireJson.Default.ConfigurationPlanInfo);
        routes.Map("POST", "configuration/apply", Permission.Deploy, call => ApplyAsync(call, services))
            .Says("Replaces the file, keeps the earlier one, and takes it in force; nothing is deployed.")
            .AsksHeader("If-Match", "The file's tag, as plan or GET configuration said: somebody else's change is not overwritten. * is whatever is there.", required: true)
            .TakesBytes(Yaml, isEndless: false).Gives(() => WireJson.Default.ConfigurationPlanInfo);
    }

    private static async Task ApplyAsync(ApiRequest call, ControlPlaneServices services)
    {
        call.OnlyQueries();
        var editor = Editor(services);
        if (call.IfMatch.IsEmpty)
            throw new ApiException(new(
                "Precondition required", StatusCodes.Status428PreconditionRequired, "if-match-missing", "the change must say which state of the file it was made from",
                "send If-Match with the tag that `POST /api/configuration/plan` answered"));
        var content = await ReadAsync(call);
        var checkedFile = Good(editor, content);
        var tag = editor.Tag();
        var plan = Plan(editor, tag, checkedFile);
        string Changed() => $"{editor.File} has changed since";
        if (!call.IfMatch.Any(known => known == "*" || Version(known) == tag)) throw ApiRequest.PreconditionFailed(Changed());
        var (fresh, fault) = editor.Replace(content, tag);
        if (fault is { Kind: FaultKind.Conflict }) throw ApiRequest.PreconditionFailed(Changed());
        if (fault is not null) throw ApiException.Of(fault, "configuration-not-written");
        services.Reload();
        var record = new ConfigurationApplied(editor.File, tag, fresh!, checkedFile.Good.Digest, [.. plan.Changes.Select(change => $"{change.Change} {change.Part}")]);
        await services.Ledger.AppendAlwaysAsync(
            ConfigurationApplied.Stream, new(services.Clock.Now, ConfigurationApplied.Type, call.Caller.Name, null, FairwayJson.Write(record)), CancellationToken.None);
        call.Http.Response.Headers.ETag = $"\"{fresh}\"";
        await call.WriteAsync(plan with { Tag = fresh! }, WireJson.Default.ConfigurationPlanInfo);
    }

    // A GET's tag goes on with the answer's own print.
    private static string Version(string tag) => tag.Trim('"').Split('-')[0];

    private static ConfigurationEditor Editor(ControlPlaneServices services) => services.Editor
        ?? throw ApiException.NotFound("no-configuration", "this control plane has no configuration file", "start it with --config");

    private static async Task<byte[]> ReadAsync(ApiRequest call)
    {
        var media = call.Http.Request.ContentType?.Split(';')[0].Trim();
        if (media is not null && !Media.Contains(media, StringComparer.OrdinalIgnoreCase))
            throw new ApiException(new("Unsupported media type", 415, "not-yaml", $"the body is the text of a fairway.yaml, not {media}", $"send `Content-Type: {Yaml}`"));
        if (call.Http.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit) limit.MaxRequestBodySize = MostBytes;
        using var body = new MemoryStream();
        await call.Http.Request.Body.CopyToAsync(body, call.Aborted);
        return body.ToArray();
    }

    private static (FairwayConfiguration Good, ImmutableArray<Diagnostic> Diagnostics) Good(ConfigurationEditor editor, byte[] content)
    {
        var (good, diagnostics) = editor.Check(content);
        return good is not null ? (good, diagnostics) : throw ApiException.Unprocessable(
            "configuration-broken", "the file has mistakes, and nothing was changed", "mend them; `fairway validate` shows the lines around them",
            [.. diagnostics.Select(diagnostic => diagnostic.ToString())]);
    }

    private static ConfigurationPlanInfo Plan(ConfigurationEditor editor, string tag, (FairwayConfiguration Good, ImmutableArray<Diagnostic> Diagnostics) file) => new(
        tag, file.Good.Digest,
        [.. ConfigurationDifference.Between(editor.InForce, file.Good).Select(part => new ConfigurationChange(
            part.Part, RolloutWire.Name(part.Change), Effect(part), [.. part.Fields.Select(field => new FieldChange(field.Path, field.From, field.To))]))],
        [.. file.Diagnostics.Select(Of)]);

    private static string Effect(PartDifference part) => part switch
    {
        { IsService: true, Change: PartChange.Removed } => "what runs goes on; it can no longer be deployed",
        { IsService: true } => "with its next deploy",
        { Part: "edge" } => "when the edge is started anew",
        { Part: "notifications" } => "at once",
        _ => "when it is next looked at; some of it only when the control plane starts",
    };

    private static DiagnosticInfo Of(Diagnostic diagnostic) => new(
        RolloutWire.Name(diagnostic.Severity), diagnostic.Code.Id, diagnostic.At.File.Name, diagnostic.At.Line, diagnostic.At.Column, diagnostic.Sentence);
}
