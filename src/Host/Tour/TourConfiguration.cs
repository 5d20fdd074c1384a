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
                - { weight: 10%, pause: 25s }
                - { weight: 50%, pause: 25s }
                - 100%
              guard: 4s
              # A fresh process on a busy laptop is slow at first, whatever the release: only failures are judged here.
              judge:
                minStep: 4s
                metrics: { errors: { negligible: 3% }, latencyP95: off, latencyP99: off }
              keepWarm: 10m

        """;
}
