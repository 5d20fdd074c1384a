namespace Fairway.Tour;

/// <summary>The tour's <c>fairway.yaml</c>: as <c>examples/shop/fairway.yaml</c>, with steps of seconds so that nobody waits long.</summary>
internal static class TourConfiguration
{
    public static string Text(Uri url) => $$"""
        edge:
          http: {{url.Authority}}

        services:
          shop:
            run: ./shop
            instances: 2
            ready: { http: /healthz, interval: 250ms }
            stopGrace: 10s
            traffic: { drainTimeout: 3s }
            rollout:
              strategy: canary
              steps:
                - { weight: 1%, pause: 7s }
                - { weight: 10%, pause: 4s }
                - { weight: 50%, pause: 4s }
                - 100%
              guard: 4s
              keepWarm: 10m

        """;
}
