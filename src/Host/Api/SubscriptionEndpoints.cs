using Fairway.Access;
using Fairway.Client.Wire;
using Fairway.Configuration;
using Fairway.Notifications;

namespace Fairway.Api;

/// <summary>Who is told of what: kept, listed, ended.</summary>
internal static class SubscriptionEndpoints
{
    private const int MostNames = 50;
    private const int LongestUrl = 2_000;

    /// <summary>Maps them.</summary>
    public static void Map(ApiRoutes routes, ControlPlaneServices services)
    {
        routes.Map("GET", "subscriptions", Permission.View, call => ListAsync(call, services), Reach.Somewhere)
            .Says("Who is told of what: one's own, with the permission to administer all.").Pages(500, 100).Gives(() => WireJson.Default.SubscriptionPage).IsTagged();
        routes.Map("POST", "subscriptions", Permission.View, call => AddAsync(call, services), Reach.Somewhere)
            .Says("Be told. A mail needs the permission to view; a URL, which the control plane then calls, the permission to deploy.")
            .Takes(() => WireJson.Default.SubscribeRequest).Gives(() => WireJson.Default.SubscribedInfo, 201).ShowsSecretOnce();
        routes.Map("DELETE", "subscriptions/{id}", Permission.View, call => RemoveAsync(call, services), Reach.Somewhere)
            .Says("No longer be told; somebody else's needs the permission to administer.").GivesNothing();
    }

    private static async Task ListAsync(ApiRequest call, ControlPlaneServices services)
    {
        call.OnlyQueries("cursor", "limit");
        var (cursor, limit) = (call.Query("cursor"), (int)call.Query("limit", 100, 1, 500));
        var pending = (await services.Subscriptions.PendingAsync(call.Aborted)).CountBy(message => message.Subscription, StringComparer.Ordinal)
            .ToDictionary(StringComparer.Ordinal);
        var troubles = (await services.Subscriptions.TroublesAsync(call.Aborted)).ToDictionary(trouble => trouble.Subscription, StringComparer.Ordinal);
        var seen = (await services.Subscriptions.ListAsync(call.Aborted)).Where(one => MaySee(call.Caller, one)).ToList();
        if (cursor is not null)
        {
            var at = seen.FindIndex(one => one.Id == cursor);
            if (at < 0) throw ApiException.BadRequest("cursor-invalid", "the cursor is not one that a page ended with, or its subscription is gone", "begin again without a cursor");
            seen.RemoveRange(0, at + 1);
        }
        var page = seen.Take(limit).Select(one => Of(one, pending.GetValueOrDefault(one.Id), troubles.GetValueOrDefault(one.Id)?.Reason)).ToArray();
        await call.WriteTaggedAsync(new SubscriptionPage(page, seen.Count > limit ? page[^1].Id : null), WireJson.Default.SubscriptionPage);
    }

    private static async Task AddAsync(ApiRequest call, ControlPlaneServices services)
    {
        call.OnlyQueries();
        var body = await call.ReadAsync(WireJson.Default.SubscribeRequest);
        var channel = Word<ChannelKind>(body.Channel, "channel");
        Check(channel, body.Address);
        var known = ServiceNames.Known(services).ToArray();
        var asked = Names(body.Environments, [.. known.Select(key => key.Environment).Distinct(StringComparer.Ordinal)], "environment");
        foreach (var environment in asked.IsEmpty ? new string?[] { null } : [.. asked]) call.Demand(Permission.View, environment);
        // Whoever may deploy may run any program here, and so call any URL; others may not make the control plane do it for them.
        if (channel != ChannelKind.Mail)
            foreach (var environment in asked.IsEmpty ? new string?[] { null } : [.. asked]) call.Demand(Permission.Deploy, environment);
        var own = (await services.Subscriptions.ListAsync(call.Aborted)).Count(one => one.By == call.Caller.Name);
        if (own >= SubscriptionBook.MostOfOne)
            throw ApiException.Unprocessable("too-many-subscriptions", $"{call.Caller.Name} has {own} subscriptions already", "end some with `fairway unsubscribe`");
        var subscription = new Subscription
        {
            Id = "p-" + Guid.NewGuid().ToString("N"),
            Channel = channel,
            Shown = ConfiguredSubscription.Conceal(channel, body.Address),
            Services = Names(body.Services, [.. known.Select(key => key.Service).Distinct(StringComparer.Ordinal)], "service"),
            Environments = asked,
            On = [.. (body.On ?? []).Select(kind => Word<NotificationKind>(kind, "kind")).Distinct()],
            By = call.Caller.Name,
            At = services.Clock.Now,
        };
        var key = channel == ChannelKind.Webhook ? DestinationStore.NewKey() : null;
        if (services.Destinations.Keep(subscription.Id, new(body.Address, key)) is { } fault)
            throw new ApiException(new("Out of room", 507, "destination-not-kept", $"the address cannot be kept: {fault.Message}", "make room in the data folder"));
        await services.Subscriptions.AddAsync(subscription, call.Aborted);
        await call.WriteAsync(new SubscribedInfo(Of(subscription, 0, null), key), WireJson.Default.SubscribedInfo, 201);
    }

    private static async Task RemoveAsync(ApiRequest call, ControlPlaneServices services)
    {
        call.OnlyQueries();
        var id = call.Route("id");
        if (await services.Subscriptions.FindAsync(id, call.Aborted) is not { } found || !MaySee(call.Caller, found))
            throw ApiException.NotFound("unknown-subscription", "there is no such subscription", "see which there are with `fairway subscriptions`");
        if (found.By is null)
            throw new ApiException(new("Conflict", 409, "configured-subscription", "this subscription is one of the configuration", "take it out of `notifications` in fairway.yaml"));
        if (found.By != call.Caller.Name) call.Demand(Permission.Administer, null);
        await services.Subscriptions.RemoveAsync(id, call.Caller.Name, call.Aborted);
        services.Destinations.Forget(id);
        call.Http.Response.StatusCode = 204;
    }

    private static bool MaySee(Caller caller, Subscription one)
        => one.By == caller.Name || caller.May(Permission.Administer, null) || (one.By is null && caller.May(Permission.View, null));

    private static SubscriptionInfo Of(Subscription one, int waiting, string? problem) => new(
        one.Id, RolloutWire.Name(one.Channel), one.Shown, one.Services, one.Environments, [.. one.On.Select(RolloutWire.Name)], one.By, RolloutWire.At(one.At), waiting, problem);

    private static T Word<T>(string? text, string what) where T : struct, Enum
        => text is { Length: > 0 } && char.IsAsciiLetter(text[0]) && Enum.TryParse<T>(text, ignoreCase: true, out var value) && Enum.IsDefined(value)
            ? value
            : throw ApiException.Unprocessable($"unknown-{what}", $"there is no {what} \"{text}\"", $"known: {string.Join(", ", Enum.GetValues<T>().Select(RolloutWire.Name))}");

    private static void Check(ChannelKind channel, string? address)
    {
        var fits = address is { Length: <= LongestUrl } && (channel == ChannelKind.Mail ? DestinationRules.IsMailAddress(address) : DestinationRules.IsUrl(address));
        if (!fits)
            throw ApiException.Unprocessable(
                "address-invalid", channel == ChannelKind.Mail ? "the address is not a mail address" : "the address is not an http or https URL without a user in it",
                channel == ChannelKind.Mail ? "such as anna@example.com" : "such as https://hooks.example.com/fairway");
    }

    private static ImmutableArray<string> Names(IReadOnlyList<string>? names, IReadOnlyList<string> known, string what)
    {
        if (names is null) return [];
        if (names.Count > MostNames) throw ApiException.Unprocessable("too-many-names", $"more than {MostNames} names of {what}s", "leave them out for all");
        foreach (var name in names)
            if (!known.Contains(name, StringComparer.Ordinal)) throw ApiException.Unprocessable($"unknown-{what}", $"there is no {what} \"{name}\"", $"known: {string.Join(", ", known)}");
        return [.. names.Distinct(StringComparer.Ordinal)];
    }
}
