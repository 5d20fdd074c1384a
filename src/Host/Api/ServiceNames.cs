using Fairway.Rollouts;
using Fairway.Catalog;

namespace Fairway.Api;

/// <summary>Finds the service that a caller means; says which there are when there is none.</summary>
internal static class ServiceNames
{
    /// <summary>Every service that is configured or was ever deployed.</summary>
    public static IEnumerable<ServiceKey> Known(ControlPlaneServices services) => services.Configuration.Services.Select(spec => spec.Key)
        .Concat(services.Engine.Services).Distinct().OrderBy(key => key.ToString(), StringComparer.Ordinal);

    /// <summary>A service in an environment.</summary>
    public static ServiceKey Find(ControlPlaneServices services, string environment, string service)
    {
        var key = new ServiceKey(environment, service);
        return Known(services).Contains(key) ? key : throw Unknown(services, key.ToString());
    }

    /// <summary>
    /// How a service is configured now. A changed file is read first, and a broken one refuses what needs it. Without an environment: the first in the file
    /// that has the service.
    /// </summary>
    public static ServiceSpec Configured(ControlPlaneServices services, string? environment, string service)
    {
        var configuration = services.Configuration;
        configuration.Reload();
        if (!configuration.Problems.IsEmpty)
            throw ApiException.Unprocessable(
                "configuration-broken", $"{configuration.File} has mistakes; the last good state of it stays in force and nothing is deployed",
                "mend the file; `fairway validate` shows the mistakes with the lines around them", configuration.Problems);
        foreach (var name in environment is null ? configuration.Environments : [environment])
            if (configuration.Services.FirstOrDefault(spec => spec.Key == new ServiceKey(name, service)) is { } spec) return spec;
        throw Unknown(services, environment is null ? service : $"{environment}/{service}");
    }

    private static ApiException Unknown(ControlPlaneServices services, string wanted)
    {
        var known = Known(services).Select(key => key.ToString()).ToList();
        return ApiException.NotFound(
            "unknown-service", $"there is no service {wanted}",
            known.Count == 0 ? $"declare it in {services.Configuration.File ?? "fairway.yaml"}" : $"known: {string.Join(", ", known)}");
    }
}
