using System.Globalization;
using Fairway.Access;
using Fairway.Catalog;
using Fairway.Client.Wire;
using Fairway.Gates;

namespace Fairway.Api;

/// <summary>What others found out: scanners, test systems and backups that are no part of Fairway attest of an artifact, or of a service in its environment.</summary>
internal static class AttestationEndpoints
{
    /// <summary>Maps them.</summary>
    public static void Map(ApiRoutes routes, ControlPlaneServices services)
    {
        // An artifact is the same everywhere, and so must be the permission.
        routes.Map("POST", "artifacts/{digest}/attestations", Permission.Deploy, call => OfArtifactAsync(call, services))
            .Says("Attests something of an artifact. What Fairway itself attests is refused, and so is that a kind passed which a pipeline's run found failed.")
            .Takes(() => WireJson.Default.AttestationRequest).Gives(() => WireJson.Default.AttestationInfo, 201);
        routes.Map("POST", "services/{environment}/{service}/attestations", Permission.Deploy, call => OfServiceAsync(call, services))
            .Says("Attests something of a service in its environment, such as a backup or a restore drill.")
            .Takes(() => WireJson.Default.AttestationRequest).Gives(() => WireJson.Default.AttestationInfo, 201);
        routes.Map("GET", "services/{environment}/{service}/attestations", Permission.View, async call =>
        {
            call.OnlyQueries();
            var key = ServiceNames.Find(services, call.Route("environment"), call.Route("service"));
            var record = await GatesProjection.LoadAsync(services.Ledger, key, call.Aborted);
            await call.WriteTaggedAsync([.. record.Attested.Select(Of)], WireJson.Default.IReadOnlyListAttestationInfo);
        }).Says("What is attested of a service in its environment, the newest of each kind.").Gives(() => WireJson.Default.IReadOnlyListAttestationInfo).IsTagged();
    }

    private static async Task OfArtifactAsync(ApiRequest call, ControlPlaneServices services)
    {
        call.OnlyQueries();
        var said = await ReadAsync(call, services);
        var digest = ArtifactEndpoints.Digest(call);
        if (services.Shelf is { } shelf)
        {
            var (known, unread) = await shelf.ListAsync(call.Aborted);
            if (unread is not null) throw ApiException.Of(unread, "artifacts-unreadable");
            if (known.All(one => one.Digest != digest)) throw ApiException.NotFound("unknown-artifact", $"there is no artifact {digest}", "see which there are with `fairway artifact list`");
        }
        var attestation = new Attestation(digest, said.Kind, said.Passed, said.Summary, said.By, said.At) { Numbers = said.Numbers };
        if (await services.Attestations.AddFromOutsideAsync(attestation, call.Aborted) is { } fault) throw ApiException.Of(fault, "attestation-refused");
        services.Engine.WakeAll();
        await call.WriteAsync(ArtifactEndpoints.Of(attestation), WireJson.Default.AttestationInfo, 201);
    }

    private static async Task OfServiceAsync(ApiRequest call, ControlPlaneServices services)
    {
        call.OnlyQueries();
        var said = await ReadAsync(call, services);
        var key = ServiceNames.Find(services, call.Route("environment"), call.Route("service"));
        var reply = await services.GateDesk.AttestAsync(call.Caller.Standing, key, said, call.Aborted);
        if (reply.Refused is { } refused) throw new ApiException(AccessWire.Problem(new(refused, reply.Why)));
        await call.WriteAsync(Of(said), WireJson.Default.AttestationInfo, 201);
    }

    private static async Task<AttestedFact> ReadAsync(ApiRequest call, ControlPlaneServices services)
    {
        var body = await call.ReadAsync(WireJson.Default.AttestationRequest);
        if (string.IsNullOrEmpty(body.Kind)) throw ApiException.Unprocessable("kind-missing", "nothing says what was looked at", "send a kind, such as scan/licences or backup");
        if (body.Passed is not { } passed) throw ApiException.Unprocessable("outcome-missing", "nothing says whether it was found good", "send passed: true or false");
        var numbers = (body.Numbers ?? ImmutableDictionary<string, double>.Empty).ToImmutableSortedDictionary(StringComparer.Ordinal);
        var summary = !string.IsNullOrWhiteSpace(body.Summary) ? body.Summary.Trim()
            : numbers.IsEmpty ? "without details" : string.Join(", ", numbers.Select(number => string.Create(CultureInfo.InvariantCulture, $"{number.Value} {number.Key}")));
        // Numbers without an end make a summary without one.
        if (summary.Length > Attestation.MaxSummary && string.IsNullOrWhiteSpace(body.Summary)) summary = $"{numbers.Count} numbers";
        if (Attestation.Problem(body.Kind, summary, numbers) is { } problem) throw ApiException.Unprocessable("attestation-invalid", problem);
        return new(body.Kind, passed, summary, services.Clock.Now) { By = call.Caller.As(null).Name, Numbers = numbers };
    }

    private static AttestationInfo Of(AttestedFact one) => new(one.Kind, one.Passed, one.Summary, one.By, RolloutWire.At(one.At), one.Numbers, null, null);
}
