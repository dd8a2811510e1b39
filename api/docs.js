// Shows the OpenAPI document that the script's element names.
SwaggerUIBundle({
  url: document.currentScript.dataset.document,
  dom_id: "#swagger-ui",
  presets: [SwaggerUIBundle.presets.apis],
  layout: "BaseLayout",
  deepLinking: true,
  showExtensions: true,
  showCommonExtensions: true,
  defaultModelsExpandDepth: -1,
  validatorUrl: null, // the one that it would ask is elsewhere
});
