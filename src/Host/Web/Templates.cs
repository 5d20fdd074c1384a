using System.Text;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Web;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;

namespace Fairway.Web;

/// <summary>
/// Razor components as templates: a component and its model become text, with every string in it encoded. Nothing is made before the first
/// page is asked for, so that a start does not pay for it.
/// </summary>
internal static class Templates
{
    /// <summary>The one parameter of every template.</summary>
    public const string Model = "Model";

    private static readonly Lazy<IServiceProvider> None = new(() => new ServiceCollection().BuildServiceProvider());

    /// <summary>What a component makes of a model, as HTML.</summary>
    public static async Task<string> RenderAsync<TComponent>(object model) where TComponent : IComponent
    {
        await using var renderer = new HtmlRenderer(None.Value, NullLoggerFactory.Instance);
        return await renderer.Dispatcher.InvokeAsync(async () =>
        {
            var parameters = ParameterView.FromDictionary(new Dictionary<string, object?>(StringComparer.Ordinal) { [Model] = model });
            var root = await renderer.RenderComponentAsync<TComponent>(parameters);
            var text = new StringBuilder(16 * 1024);
            await using (var writer = new StringWriter(text, System.Globalization.CultureInfo.InvariantCulture)) root.WriteHtmlTo(writer);
            return text.ToString();
        });
    }
}
